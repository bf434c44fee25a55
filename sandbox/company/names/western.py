"""Names of the English and French speaking parts of the company, and of Belgrade."""

from sandbox.company.names.pool import NamePool, words

NIGERIAN = NamePool(
    code="nigerian",
    language="en",
    male=words(
        "Chukwuemeka Olúwaṣeun Emeka Tunde Babajídé Ikenna Adébáyọ̀ Obinna Musa Segun Ọlámídé Uche Yusuf Kelechi Femi"
    ),
    female=words("Ngozi Adaeze Fọlákẹ́ Chioma Yetunde Títílayọ̀ Amaka Zainab Ifeoma Bọ́láńlé Nneka Halima Temitope Uju"),
    families=words(
        "Okonkwo Adéyẹmí Eze Balógun Okafor Nwosu Ògúnlẹ́yẹ Ibrahim Chukwu Adébísí Obi Ọlátúnjí Danjuma Uzoma "
        "Ekwueme Bello Ajàyí Onyeka Akíntọ́lá Nnamdi"
    ),
)

KENYAN = NamePool(
    code="kenyan",
    language="en",
    male=words("Kamau Otieno Kiprop Mwangi Brian Kelvin Juma Barasa Omondi Wekesa Githinji Dennis Njoroge Kibet"),
    female=words(
        "Wanjiru Achieng Chebet Nyambura Faith Mercy Wambũi Akinyi Jepkosgei Mũthoni Naliaka Grace Wairimũ Atieno"
    ),
    families=words(
        "Ng'ang'a Odhiambo Kiplagat Mũtua Wanyama Njũgũna Cheruiyot Onyango Kariũki Ong'ondo Rotich Mbũgua Ochieng "
        "Kĩbaki Ng'eno Wafula Gĩtaũ Makau Kosgei Oduya"
    ),
)

SOUTH_AFRICAN = NamePool(
    code="south_african",
    language="en",
    male=words("Sipho Thabo Pieter Lwazi Johan Bongani André Kagiso Mandla Jaco Tshepo Rián Vusi Themba Zola Gert"),
    female=words("Nomvula Lerato Anélle Zanele Thandiwe Chanté Ayanda Palesa Elré Nokuthula Mpho Zoë Refilwe Ilsé"),
    families=words(
        "Dlamini Van_der_Merwe Nkosi Botha Mokoena Naudé Khumalo Du_Plessis Mahlangu Fouché Zulu Le_Roux Maluleke "
        "Coetzée Ndlovu Jansen_van_Vuuren Sithole Tshabalala Viljoen Mthembu"
    ),
)

BRITISH = NamePool(
    code="british",
    language="en",
    male=words(
        "Oliver Callum Rhys Finlay Seán Gareth Alistair Tobias Ruairí Nigel Jasper Owain Priyesh Zak Conor Hamish"
    ),
    female=words(
        "Siobhán Imogen Eilidh Chloë Harriet Niamh Bronwen Zoë Aisling Tamsin Róisín Priya Beatrix Mhairi Cerys"
    ),
    families=words(
        "O'Sullivan Whitcombe-Hale MacAllister Pemberton O'Dowd Thistlewood Ashdown Fitzgerald Llewellyn "
        "Hargreaves Brontë-Fox Cholmondeley McTavish Ravenscroft Ó_Briain Featherstone Penhaligon Blackwood "
        "Okoro-Smith Tregenza"
    ),
)

IVORIAN = NamePool(
    code="ivorian",
    language="fr",
    male=words(
        "Kouamé Koffi Yao Konan Séraphin Désiré Aké Gnamien Félicien N'Dri Hervé Kouadio Théodore Brou Évariste"
    ),
    female=words(
        "Adjoua Akissi Aya Affoué Amoin N'Goran_Marie Édith Bénédicte Ahou Solange Félicité Grâce Mariétou Véronique"
    ),
    families=words(
        "Kouassi N'Guessan Yéo Koné Touré Gnagne-Aka Bamba Assamoi Ouattara Zadi Kacou N'Dri Diomandé Aké-Loba "
        "Tanoh Gnahoré Séry Dago Kéïta Djédjé"
    ),
)

SENEGALESE = NamePool(
    code="senegalese",
    language="fr",
    male=words("Mamadou Ousmane Cheikh Ibrahima Abdoulaye Aliou Élimane Moussa Pape_Malick Souleymane Bécaye Assane"),
    female=words("Aminata Fatou Ndèye Khady Sokhna Aïssatou Coumba Mariama Rokhaya Awa Bineta Adèle"),
    families=words("Diop N'Diaye Sène Faye Gueye Sarr Cissé M'Baye Thiam Seck Diouf Bâ Kâne Sy_Savané Wade-Fall Lô"),
)

FRENCH = NamePool(
    code="french",
    language="fr",
    male=words(
        "Jean-François Étienne Rémi Loïc Gaël Benoît Jérôme Anaël Cédric Honoré Théo Joël Maël Raphaël Célestin"
    ),
    female=words(
        "Hélène Anne-Laure Zoé Maëlle Chloé Gaëlle Marie-Thérèse Noëmie Léa Océane Solène Éloïse Agnès Bérénice"
    ),
    families=words(
        "Lefèvre L'Hermitte Béranger Dubois-Martel Châtelain D'Aubigné Rémond Grégoire Façonnet Lemaître Hébert "
        "Crépeau Besançon Noël-Roux Bâlois Chrétien Guérin Œuvrard Pâquet Sénéchal Desprès Vallée D'Harcourt Maçon"
    ),
)

SERBIAN = NamePool(
    code="serbian",
    language="en",
    male=words("Đorđe Miloš Nemanja Uroš Vuk Stefan Dušan Žarko Lazar Ognjen Saša Bogdan"),
    female=words("Milica Jovana Snežana Tijana Anđela Ljubica Željka Dragana Katarina Vesna Jelena Nađa"),
    families=words(
        "Đorđević Petrović Žikić Šarić Čolić Vučković Krstić Obradović Stojšić Nikčević Ljubojević Šćepanović"
    ),
)
