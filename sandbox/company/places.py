"""The offices of the company in its four regions, and how many people work in each."""

from dataclasses import dataclass

from sandbox.company.names import cyrillic, iberian, western
from sandbox.company.names.pool import NamePool
from sandbox.company.person import Language, Office


@dataclass(frozen=True, slots=True)
class Site:
    """An office with what is needed to fill it: its share of people, the names and mobile numbers met there."""

    office: Office
    weight: int
    pools: tuple[tuple[NamePool, int], ...]  # with weights
    language: Language  # of titles and notices
    mobile: str  # `#` is a digit
    streets: tuple[str, ...]


_B, _S = iberian.BRAZILIAN, iberian.SPANISH
_R, _K, _A = cyrillic.RUSSIAN, cyrillic.KAZAKH, cyrillic.ARMENIAN
_BR = ("Rua das Figueiras Velhas", "Alameda dos Ipês Brancos", "Travessa do Sabiá")
_AR = ("Calle de los Jacarandás", "Pasaje del Hornero", "Avenida Ombú")
_CO = ("Carrera de los Yarumos", "Calle del Frailejón", "Transversal Guadua")
_RU = ("ул. Берёзовая Роща", "Ежевичный переулок", "проезд Семи Ветров")
_KZ = ("ул. Тянь-Шаньская Ель", "пр. Алма-Сад", "мкр. Ак-Тас")
_AM = ("ул. Гранатовый Сад", "пр. Ереванских Мастеров", "пер. Абрикосовый")
_CI = ("Rue des Fromagers", "Boulevard du Bélier", "Impasse Akwaba")
_KE = ("Jacaranda Lane", "Acacia Ridge Road", "Weaver Close")
_ZA = ("Protea Ridge Street", "Fynbos Avenue", "Hadeda Crescent")
_FR = ("Rue du Vieux-Pêcher", "Allée des Tilleuls-Bleus", "Passage de l'Écluse-Neuve")
_ES = ("Calle del Madroño Viejo", "Paseo de los Almendros", "Travesía de la Cigüeña")
_GB = ("Larkspur Mews", "Old Tannery Row", "Wherry Lane")
_RS = ("Ulica Belih Lipa", "Bulevar Dunavskih Ptica", "Prolaz Stare Čaršije")

SITES: tuple[Site, ...] = (
    Site(
        Office("SAO1", "Sede Ipê", "São Paulo", "BR", "br", "America/Sao_Paulo", "Alameda do Ipê, 100", 12,
               "+551130001000"),
        380, ((_B, 9), (_S, 1)), "pt", "+55119########", _BR,
    ),
    Site(
        Office("SAO2", "Centro Várzea", "São Paulo", "BR", "br", "America/Sao_Paulo", "Rua da Várzea, 45", 3,
               "+551130002000"),
        120, ((_B, 1),), "pt", "+55119########", _BR,
    ),
    Site(
        Office("BUE1", "Torre Ombú", "Buenos Aires", "AR", "br", "America/Argentina/Buenos_Aires",
               "Avenida Ombú 720", 6,
               "+541150001000"),
        110, ((_S, 1),), "es", "+54911########", _AR,
    ),
    Site(
        Office("BOG1", "Edificio Guadua", "Bogotá", "CO", "br", "America/Bogota", "Carrera Guadua 9-30", 5,
               "+576015001000"),
        90, ((_S, 1),), "es", "+573#########", _CO,
    ),
    Site(
        Office("MOW1", "Дом на Ветрах", "Москва", "RU", "cis", "Europe/Moscow", "проезд Семи Ветров, 7", 10,
               "+74950001000"),
        360, ((_R, 1),), "ru", "+79#########", _RU,
    ),
    Site(
        Office("MOW2", "Склад Ежевика", "Москва", "RU", "cis", "Europe/Moscow", "Ежевичный переулок, 2", 2,
               "+74950002000"),
        90, ((_R, 9), (_K, 1)), "ru", "+79#########", _RU,
    ),
    Site(
        Office("ALA1", "Алма-Сад", "Алматы", "KZ", "cis", "Asia/Almaty", "пр. Алма-Сад, 18", 4,
               "+77270001000"),
        100, ((_K, 3), (_R, 2)), "ru", "+770########", _KZ,
    ),
    Site(
        Office("EVN1", "Гранатовый двор", "Ереван", "AM", "cis", "Asia/Yerevan", "ул. Гранатовый Сад, 5", 3,
               "+37410001000"),
        70, ((_A, 3), (_R, 2)), "ru", "+3749#######", _AM,
    ),
    Site(
        Office("ABJ1", "Immeuble Akwaba", "Abidjan", "CI", "af", "Africa/Abidjan", "Boulevard du Bélier 12", 5,
               "+2252720001000"),
        110, ((western.IVORIAN, 3), (western.SENEGALESE, 2)), "fr", "+22507########", _CI,
    ),
    Site(
        Office("NBO1", "Acacia House", "Nairobi", "KE", "af", "Africa/Nairobi", "14 Acacia Ridge Road", 6,
               "+254200001000"),
        110, ((western.KENYAN, 3), (western.NIGERIAN, 1)), "en", "+2547########", _KE,
    ),
    Site(
        Office("JNB1", "Protea Park", "Johannesburg", "ZA", "af", "Africa/Johannesburg", "3 Protea Ridge Street", 7,
               "+27110001000"),
        120, ((western.SOUTH_AFRICAN, 3), (western.NIGERIAN, 1)), "en", "+278########", _ZA,
    ),
    Site(
        Office("PAR1", "Le Vieux-Pêcher", "Paris", "FR", "eu", "Europe/Paris", "8 rue du Vieux-Pêcher", 6,
               "+33100001000"),
        100, ((western.FRENCH, 4), (western.SENEGALESE, 1)), "fr", "+336########", _FR,
    ),
    Site(
        Office("MAD1", "Casa Madroño", "Madrid", "ES", "eu", "Europe/Madrid", "Calle del Madroño Viejo 21", 5,
               "+34910001000"),
        80, ((_S, 1),), "es", "+346########", _ES,
    ),
    Site(
        Office("LON1", "Tannery Court", "London", "GB", "eu", "Europe/London", "9 Old Tannery Row", 5,
               "+442000001000"),
        80, ((western.BRITISH, 4), (western.NIGERIAN, 1)), "en", "+447#########", _GB,
    ),
    Site(
        Office("BEG1", "Dunavska kuća", "Beograd", "RS", "eu", "Europe/Belgrade", "Bulevar Dunavskih Ptica 33", 4,
               "+381110001000"),
        80, ((_R, 1), (western.SERBIAN, 1)), "en", "+3816########", _RS,
    ),
)  # fmt: skip

SITE_BY_OFFICE: dict[str, Site] = {site.office.code: site for site in SITES}
OFFICES: tuple[Office, ...] = tuple(sorted((site.office for site in SITES), key=lambda office: office.code))
