"""Names of the Spanish and Portuguese speaking parts of the company."""

from sandbox.company.names.pool import NamePool, words

BRAZILIAN = NamePool(
    code="brazilian",
    language="pt",
    male=words(
        "João José Antônio Luís Márcio Fábio Caio Tiago Rodrigo Gustavo Vinícius Otávio César Sérgio Flávio "
        "Rogério Davi Murilo Heitor Matheus Ulisses Zé_Carlos Estêvão Inácio Ângelo"
    ),
    female=words(
        "Ana Luísa Júlia Conceição Inês Letícia Patrícia Lúcia Camila Beatriz Fernanda Débora Mônica Aparecida "
        "Verônica Thaís Lívia Cecília Rayssa Heloísa Ângela Iara Marília Assunção Estér"
    ),
    families=words(
        "Souza Gonçalves Araújo Conceição Brandão Falcão Assunção Leitão França Mourão Guimarães Magalhães Simões "
        "Galvão Vilaça Bragança Távora Antunes Caldas Peçanha Romão d'Ávila Sant'Anna Lourenço Paixão Estêvão "
        "Negrão Sá Nóbrega Queirós Macedo Barcelos de_Sá dos_Reis da_Conceição Camões Muniz Frazão Lustosa "
        "Alcântara"
    ),
)

SPANISH = NamePool(
    code="spanish",
    language="es",
    male=words(
        "Andrés Jesús Ramón Martín Íñigo Óscar Joaquín Nicolás Agustín Germán Hernán Iván Álvaro Rubén Fermín "
        "Félix Emilio Gonzalo Damián Ulises Facundo Lautaro Ezequiel Tomás Simón"
    ),
    female=words(
        "María_José Lucía Sofía Inés Begoña Rocío Mónica Belén Ángeles Raquel Ximena Verónica Araceli Noemí Pilar "
        "Milagros Jimena Paloma Estefanía Zoé Candelaria Luján Valentina Yolanda Rosalía"
    ),
    families=words(
        "García Muñoz Núñez Peña Ibáñez Gutiérrez Sepúlveda Cárdenas Zúñiga Álvarez Ordóñez Beltrán Quiñones "
        "Echeverría Rincón Avendaño Saldívar Córdoba Piñeiro Ocaña Lozano Acuña Bermúdez Nariño Ledesma Güemes "
        "Argüello Íñiguez Urdaneta Villaseñor Castañeda Marín Jaramillo Restrepo Valdés Ríos Cañizares Oyarzún "
        "Robledo Ponce"
    ),
    two_surnames=True,
)
