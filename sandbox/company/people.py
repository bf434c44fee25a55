"""The people of the company one by one, before anyone is told whom they report to."""

from bisect import bisect
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from uuid import UUID

from sandbox.company.absences import draw_absences
from sandbox.company.demo import DEMO_LOGINS, DEMO_PEOPLE
from sandbox.company.departments import DIVISIONS, POSITIONS, ROOT, UNITS, division_of
from sandbox.company.logins import Logins, login_style, style_login
from sandbox.company.names.cyrillic import RUSSIAN
from sandbox.company.names.iberian import BRAZILIAN
from sandbox.company.names.pool import Name, NamePool, draw_family, draw_name, make_name, to_latin
from sandbox.company.oddities import choose_fates
from sandbox.company.person import EmploymentStatus, EmploymentType, Language, Person, PrivateDetails, Region
from sandbox.company.places import SITE_BY_OFFICE, SITES, Site

MAIL_DOMAIN = "okno.example"
FIRST_NUMBER = 1001
_DIVISION_HEADS_FROM = 200  # smaller companies are led by whoever is there
_LANGUAGES: tuple[Language, ...] = ("en", "es", "fr", "pt", "ru")
_KINDS: tuple[EmploymentType, ...] = ("PERMANENT", "FIXED_TERM", "CONTRACTOR", "INTERN")
_REGIONS: tuple[Region, ...] = ("br", "cis", "af", "eu")


@dataclass(frozen=True, slots=True)
class Seat:
    """Who the next person is to be, still without dates and numbers."""

    index: int
    login: str | None  # known for demo people
    name: Name
    pool: NamePool
    site: Site
    department: str


def settled_people(people: int) -> int:
    """How many come first and are left in good order: demo people, the chief executive, the heads of divisions."""
    return len(DEMO_PEOPLE) + 1 + (len(DIVISIONS) if people >= _DIVISION_HEADS_FROM else 0)


def hire_people(people: int, seed: int, now: datetime) -> tuple[Person, ...]:
    """Everyone, sorted by employee number."""
    hiring = _Hiring(people, seed, now.date())
    return tuple(hiring.hire(hiring.seat(index)) for index in range(people))


class _Hiring:
    """Makes people in line, remembering which logins, addresses and numbers are taken."""

    def __init__(self, people: int, seed: int, today: date) -> None:
        self.today = today
        self.settled = settled_people(people)
        self.rng = Random(f"{seed}:people")
        self.fates = choose_fates(people, self.settled, Random(f"{seed}:fates"))
        self._logins = Logins((*DEMO_LOGINS, "integrator"))
        self._addresses = {f"{login}@{MAIL_DOMAIN}" for login in DEMO_LOGINS}
        self._mobiles: set[str] = set()
        self._site_steps = list(accumulate(site.weight for site in SITES))
        self._units = {region: _units_of(region) for region in _REGIONS}

    def seat(self, index: int) -> Seat:
        if index < len(DEMO_PEOPLE):
            demo = DEMO_PEOPLE[index]
            site = SITE_BY_OFFICE[demo.office]
            pools = [pool for pool, _ in site.pools if demo.name.given in (*pool.male, *pool.female)]
            return Seat(index, demo.login, demo.name, (pools or [site.pools[0][0]])[0], site, demo.department)
        if index in self.fates.ivanovs:
            pool, site = RUSSIAN, SITE_BY_OFFICE["MOW1"]
            name = make_name("m", "Сергей", "Иванов", self.rng.choice(pool.fathers)[0])
        elif index in self.fates.souzas:
            pool, site = BRAZILIAN, SITE_BY_OFFICE["SAO1"]
            name = make_name("f", "Ana", "Souza")
        else:
            site = SITES[bisect(self._site_steps, self.rng.randrange(self._site_steps[-1]))]
            pool = self.rng.choices([pool for pool, _ in site.pools], [weight for _, weight in site.pools])[0]
            name = draw_name(pool, self.rng, sex="f" if index in self.fates.renamed else None)
        return Seat(index, None, name, pool, site, self._department(index, site.office.region))

    def _department(self, index: int, region: Region) -> str:
        if index < self.settled:
            return (ROOT, *DIVISIONS)[index - len(DEMO_PEOPLE)]
        codes, steps = self._units[region]
        return codes[bisect(steps, self.rng.randrange(steps[-1]))]

    def hire(self, seat: Seat) -> Person:
        rng, index, name, office = self.rng, seat.index, seat.name, seat.site.office
        behind = index in self.fates.behind
        previous = self._previous_family(seat) if index in self.fates.renamed else None
        login, previous_login = self._login(seat, previous, behind)
        status = self._status(index)
        kind = "PERMANENT" if index < self.settled else rng.choices(_KINDS, (84, 6, 7, 3))[0]
        hired, left = self._dates(index, status, kind)
        floor = rng.randint(1, office.floors)
        title = rng.choice(POSITIONS[division_of(seat.department)])
        return Person(
            employee_id=f"{FIRST_NUMBER + index:07d}",
            uid=str(UUID(int=rng.getrandbits(128), version=4)),
            login=login,
            family_name=name.family,
            given_name=name.given,
            patronymic=name.patronymic,
            family_latin=name.family_latin,
            given_latin=name.given_latin,
            patronymic_latin=name.patronymic_latin,
            display_name=name.display,
            preferred_language=seat.pool.language,
            languages=self._speaks(seat.pool.language),
            email=self._address(login, seat),
            mobile=self._mobile(seat.site.mobile),
            desk_phone=office.desk_phone,
            extension=str(2000 + index),
            region=office.region,
            office=office.code,
            city=office.city,
            country=office.country,
            time_zone=office.time_zone,
            floor=floor,
            desk=f"{floor}-{rng.randint(1, 180):03d}",
            department=seat.department,
            title=getattr(title, seat.site.language),
            title_en=title.en,
            manager_id=None,
            employment_type=kind,
            hire_date=hired,
            termination_date=left,
            status=status,
            absences=draw_absences(status, hired, left, self.today, rng),
            vip=index >= len(DEMO_PEOPLE) and (index < self.settled or rng.random() < 0.01),
            private=self._private(seat, hired),
            previous_login=previous_login,
            previous_family_name=previous,
            previous_family_latin=to_latin(previous) if previous else None,
            renamed_on=max(hired, self.today - timedelta(days=rng.randint(5, 60 if behind else 900)))
            if previous
            else None,
            directory_is_behind=behind,
        )

    def _previous_family(self, seat: Seat) -> str:
        while (family := draw_family(seat.pool, seat.name.sex, self.rng)) == seat.name.family:
            pass
        return family

    def _login(self, seat: Seat, previous: str | None, behind: bool) -> tuple[str, str | None]:
        """The present login and the one before it; where the directory is behind, the login never changed."""
        style = login_style(seat.pool.language, self.rng)
        if seat.login:
            return seat.login, None
        if previous is None:
            return self._logins.take(style_login(style, seat.name, seat.name.family)), None
        first = self._logins.take(style_login(style, seat.name, previous))
        return (first, None) if behind else (self._logins.take(style_login(style, seat.name, seat.name.family)), first)

    def _status(self, index: int) -> EmploymentStatus:
        if index in self.fates.leavers:
            return "TERMINATED"
        if index in self.fates.future:
            return "FUTURE"
        return "ON_LEAVE" if index in self.fates.on_leave else "ACTIVE"

    def _dates(self, index: int, status: EmploymentStatus, kind: EmploymentType) -> tuple[date, date | None]:
        rng = self.rng
        if status == "FUTURE":
            return self.today + timedelta(days=rng.randint(1, 45)), None
        if status == "TERMINATED":
            left = self.today - timedelta(days=1 + int(700 * rng.random() ** 2))
            return left - timedelta(days=rng.randint(90, 4000)), left
        longest = 330 if kind == "INTERN" else 4500
        served = rng.randint(700, 4500) if index < self.settled else 20 + int(longest * rng.random() ** 1.5)
        ends = kind in ("INTERN", "FIXED_TERM") or (kind == "CONTRACTOR" and rng.random() < 0.5)
        return self.today - timedelta(days=served), self.today + timedelta(days=rng.randint(10, 400)) if ends else None

    def _speaks(self, first: Language) -> tuple[Language, ...]:
        spoken: list[Language] = [first]
        if first != "en" and self.rng.random() < 0.6:
            spoken.append("en")
        if self.rng.random() < 0.15:
            spoken.append(self.rng.choice([language for language in _LANGUAGES if language not in spoken]))
        return tuple(spoken)

    def _address(self, login: str, seat: Seat) -> str:
        """Mostly the login; for one in seven the name in full, so that an address is no safe way to a login."""
        local = login
        if seat.login is None and self.rng.random() < 0.15:
            local = f"{seat.name.given_latin}.{seat.name.family_latin}".lower().replace(" ", "-").replace("'", "")
        address, number = f"{local}@{MAIL_DOMAIN}", 2
        while seat.login is None and address in self._addresses:
            address, number = f"{local}{number}@{MAIL_DOMAIN}", number + 1
        self._addresses.add(address)
        return address

    def _mobile(self, pattern: str) -> str:
        while True:
            free = pattern.count("#")
            number = f"{pattern.rstrip('#')}{self.rng.randrange(10**free):0{free}d}"
            if number not in self._mobiles:
                self._mobiles.add(number)
                return number

    def _private(self, seat: Seat, hired: date) -> PrivateDetails:
        rng, office, name = self.rng, seat.site.office, seat.name
        given, family = (
            part.lower().replace(" ", "").replace("'", "") for part in (name.given_latin, name.family_latin)
        )
        born = date(hired.year - rng.randint(20, 48), rng.randint(1, 12), rng.randint(1, 28))
        return PrivateDetails(
            birth_date=born,
            personal_email=f"{given}.{family}{born.year % 100:02d}@home.example",
            home_address=f"{rng.choice(seat.site.streets)} {rng.randint(1, 240)}, {office.city}, {office.country}",
            document_number=f"{office.country}{rng.randrange(10**8):08d}",
        )


def _units_of(region: Region) -> tuple[list[str], list[int]]:
    """Departments that hire in a region, with running totals of their weights."""
    units = [unit for unit in UNITS if unit.code != ROOT and unit.region in (None, region)]
    return [unit.code for unit in units], list(accumulate(unit.weight for unit in units))
