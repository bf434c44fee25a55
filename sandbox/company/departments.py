"""The tree of departments, and the positions people hold in them."""

from dataclasses import dataclass

from sandbox.company.person import LocalText, Region


@dataclass(frozen=True, slots=True)
class Unit:
    """A department before anyone heads it; `weight` is its share of people."""

    code: str
    parent: str | None
    name: LocalText
    region: Region | None
    weight: int


def local(text: str) -> LocalText:
    """A name written as `English|Russian|Spanish|Portuguese|French`."""
    en, ru, es, pt, fr = text.split("|")
    return LocalText(en=en, ru=ru, es=es, pt=pt, fr=fr)


_GLOBAL = """
OKNO - 1 Okno Group|Группа «Окно»|Grupo Okno|Grupo Okno|Groupe Okno
EXE OKNO 6 Executive Office|Аппарат управления|Oficina ejecutiva|Diretoria executiva|Direction générale
FIN OKNO 4 Finance|Финансы|Finanzas|Finanças|Finances
HR OKNO 4 People|Персонал|Personas|Pessoas|Ressources humaines
IT OKNO 4 Information Technology|Информационные технологии|Tecnología|Tecnologia da informação|Informatique
SEC OKNO 3 Security|Безопасность|Seguridad|Segurança|Sécurité
ENG OKNO 6 Engineering|Разработка|Ingeniería|Engenharia|Ingénierie
OPS OKNO 6 Operations|Операционная дирекция|Operaciones|Operações|Opérations
SAL OKNO 6 Sales|Продажи|Ventas|Vendas|Ventes
MKT OKNO 4 Marketing|Маркетинг|Marketing|Marketing|Marketing
LEG OKNO 3 Legal|Юридический департамент|Asuntos jurídicos|Jurídico|Affaires juridiques
PRC OKNO 3 Procurement|Закупки|Compras|Compras|Achats
CUS OKNO 6 Customer Care|Забота о клиентах|Atención al cliente|Atendimento ao cliente|Service client
FIN-ACC FIN 40 Accounting|Бухгалтерия|Contabilidad|Contabilidade|Comptabilité
FIN-TAX FIN 12 Tax|Налоги|Impuestos|Tributos|Fiscalité
FIN-CTL FIN 16 Controlling|Финансовый контроль|Control de gestión|Controladoria|Contrôle de gestion
FIN-TRE FIN 10 Treasury|Казначейство|Tesorería|Tesouraria|Trésorerie
HR-REC HR 18 Recruiting|Подбор персонала|Selección|Recrutamento|Recrutement
HR-SUP HR 14 People Support|Кадровая поддержка|Soporte a personas|Apoio a pessoas|Support RH
HR-ONB HR 8 Onboarding|Адаптация новичков|Incorporación|Integração|Intégration
HR-PAY HR 16 Payroll|Расчёт зарплаты|Nóminas|Folha de pagamento|Paie
IT-SD IT 4 Service Desk|Служба поддержки|Mesa de servicio|Central de serviços|Centre de services
IT-IAM IT 12 Identity and Access|Учётные записи и доступ|Identidad y acceso|Identidade e acesso|Identité et accès
IT-PKI IT 8 Certificates|Сертификаты|Certificados|Certificados|Certificats
IT-WRK IT 22 Workplace Equipment|Рабочие места|Puesto de trabajo|Estações de trabalho|Poste de travail
IT-SW IT 16 Software|Программное обеспечение|Software|Software|Logiciels
IT-MAIL IT 10 Mail|Почта|Correo|Correio|Messagerie
IT-NET IT 20 Network and VPN|Сети и VPN|Redes y VPN|Redes e VPN|Réseaux et VPN
IT-EXE IT 8 Executive Support|Поддержка руководства|Soporte ejecutivo|Suporte executivo|Support de direction
IT-INT IT 14 Integration|Интеграция|Integración|Integração|Intégration des systèmes
SEC-OPS SEC 18 Security Operations|Мониторинг безопасности|Monitoreo|Operações de segurança|Sécurité opérationnelle
SEC-OFF SEC 8 Security Officers|Офицеры безопасности|Oficiales de seguridad|Oficiais de segurança|Responsables sécurité
SEC-PHY SEC 20 Access and Badges|Пропускной режим|Acceso y credenciales|Acesso e crachás|Accès et badges
ENG-PLT ENG 70 Platform|Платформа|Plataforma|Plataforma|Plateforme
ENG-MOB ENG 60 Mobile|Мобильная разработка|Desarrollo móvil|Desenvolvimento móvel|Mobile
ENG-WEB ENG 70 Web|Веб-разработка|Desarrollo web|Desenvolvimento web|Web
ENG-DAT ENG 50 Data|Данные|Datos|Dados|Données
ENG-QA ENG 50 Quality|Качество|Calidad|Qualidade|Qualité
ENG-SRE ENG 30 Reliability|Надёжность|Fiabilidad|Confiabilidade|Fiabilité
ENG-LAB ENG 30 Laboratory|Лаборатория|Laboratorio|Laboratório|Laboratoire
OPS-LOG OPS 50 Logistics|Логистика|Logística|Logística|Logistique
OPS-FAC OPS 30 Facilities|Хозяйственная служба|Instalaciones|Instalações|Services généraux
OPS-ANL OPS 20 Analytics|Аналитика|Analítica|Análise|Analyse
SAL-KEY SAL 30 Key Accounts|Ключевые клиенты|Grandes cuentas|Grandes contas|Grands comptes
MKT-BRD MKT 18 Brand|Бренд|Marca|Marca|Marque
MKT-DIG MKT 24 Digital Marketing|Цифровой маркетинг|Marketing digital|Marketing digital|Marketing numérique
MKT-PR MKT 12 Public Relations|Связи с общественностью|Relaciones públicas|Relações públicas|Relations publiques
LEG-CON LEG 16 Contracts|Договоры|Contratos|Contratos|Contrats
LEG-CMP LEG 12 Compliance|Комплаенс|Cumplimiento|Conformidade|Conformité
PRC-IT PRC 12 Technology Procurement|Закупки ИТ|Compras de tecnología|Compras de tecnologia|Achats informatiques
PRC-GEN PRC 16 General Procurement|Общие закупки|Compras generales|Compras gerais|Achats généraux
"""
_REGIONAL = """
IT-SD IT-SD 30 br,cis,af Service Desk|Служба поддержки|Mesa de servicio|Central de serviços|Centre de services
OPS-WH OPS-LOG 60 br,cis,af,eu Warehouses|Склады|Almacenes|Armazéns|Entrepôts
SAL SAL 120 br,cis,af,eu Sales|Продажи|Ventas|Vendas|Ventes
CUS CUS 110 br,cis,af,eu Customer Care|Забота о клиентах|Atención al cliente|Atendimento ao cliente|Service client
"""
_REGIONS: tuple[tuple[Region, LocalText], ...] = (
    ("br", local("Latin America|Латинская Америка|América Latina|América Latina|Amérique latine")),
    ("cis", local("CIS|СНГ|CEI|CEI|CEI")),
    ("af", local("Africa|Африка|África|África|Afrique")),
    ("eu", local("Europe|Европа|Europa|Europa|Europe")),
)
_POSITIONS = """
OKNO Chief Executive|Генеральный директор|Director general|Presidente|Directeur général
EXE Adviser|Советник|Asesoría ejecutiva|Assessoria executiva|Conseil de direction
EXE Executive Assistant|Помощник руководителя|Asistencia de dirección|Assistência executiva|Assistance de direction
FIN Accountant|Бухгалтер|Contable|Contabilista|Comptable
FIN Financial Analyst|Финансовый аналитик|Analista financiero|Analista financeiro|Analyste financier
HR People Specialist|Специалист по персоналу|Especialista en personas|Especialista de pessoas|Spécialiste RH
HR Recruiter|Рекрутер|Especialista en selección|Recrutamento|Chargé de recrutement
IT Support Engineer|Инженер поддержки|Técnico de soporte|Analista de suporte|Technicien de support
IT System Administrator|Системный администратор|Admin. de sistemas|Admin. de sistemas|Admin. systèmes
SEC Security Analyst|Аналитик безопасности|Analista de seguridad|Analista de segurança|Analyste sécurité
SEC Security Specialist|Специалист по защите|Especialista en seguridad|Especialista em segurança|Spécialiste sécurité
ENG Software Engineer|Инженер-программист|Ingeniero de software|Engenheiro de software|Ingénieur logiciel
ENG Test Engineer|Инженер по тестированию|Ingeniero de pruebas|Engenheiro de testes|Ingénieur de test
ENG Data Engineer|Инженер данных|Ingeniero de datos|Engenheiro de dados|Ingénieur données
OPS Coordinator|Координатор|Coordinador de operaciones|Coordenador de operações|Coordinateur des opérations
OPS Dispatcher|Диспетчер|Despachador|Despachante|Répartiteur
SAL Sales Representative|Менеджер по продажам|Representante de ventas|Representante de vendas|Commercial
SAL Account Executive|Менеджер по работе с клиентами|Ejecutivo de cuentas|Executivo de contas|Chargé de clientèle
MKT Marketing Specialist|Маркетолог|Especialista en marketing|Especialista de marketing|Spécialiste marketing
MKT Designer|Дизайнер|Diseño gráfico|Design gráfico|Graphiste
LEG Lawyer|Юрист|Jurista|Advogado|Juriste
PRC Buyer|Специалист по закупкам|Comprador|Comprador|Acheteur
CUS Customer Advisor|Консультант по работе с клиентами|Agente de atención|Atendente|Conseiller clientèle
"""

HEAD_TITLE = local(
    "Head of Department|Руководитель подразделения|Jefatura de departamento|Chefia de departamento|Chef de service"
)
LEAD_TITLE = local("Team Lead|Руководитель группы|Líder de equipo|Líder de equipe|Chef d'équipe")


def _units() -> tuple[Unit, ...]:
    units = []
    for line in _GLOBAL.strip().splitlines():
        code, parent, weight, name = line.split(" ", 3)
        units.append(Unit(code, None if parent == "-" else parent, local(name), None, int(weight)))
    for line in _REGIONAL.strip().splitlines():
        stem, parent, weight, regions, name = line.split(" ", 4)
        base = local(name)
        for region, suffix in _REGIONS:
            if region in regions.split(","):
                pairs = {
                    lang: f"{getattr(base, lang)}, {getattr(suffix, lang)}" for lang in ("en", "ru", "es", "pt", "fr")
                }
                units.append(Unit(f"{stem}-{region.upper()}", parent, LocalText(**pairs), region, int(weight)))
    return tuple(sorted(units, key=lambda unit: unit.code))


def _positions() -> dict[str, tuple[LocalText, ...]]:
    found: dict[str, tuple[LocalText, ...]] = {}
    for line in _POSITIONS.strip().splitlines():
        division, title = line.split(" ", 1)
        found[division] = (*found.get(division, ()), local(title))
    return found


UNITS: tuple[Unit, ...] = _units()
UNIT_BY_CODE: dict[str, Unit] = {unit.code: unit for unit in UNITS}
ROOT = "OKNO"
DIVISIONS: tuple[str, ...] = tuple(unit.code for unit in UNITS if unit.parent == ROOT)
POSITIONS: dict[str, tuple[LocalText, ...]] = _positions()


def division_of(code: str) -> str:
    """`IT-SD-BR` belongs to `IT`."""
    return code.split("-", 1)[0]
