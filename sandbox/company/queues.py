"""The queues of the service desk: whose work each is, and what people write to them about."""

from sandbox.company.departments import local
from sandbox.company.person import LocalText, Region

QUEUES: dict[str, str] = {
    "Helpdesk-BR": "IT-SD-BR",
    "Helpdesk-CIS": "IT-SD-CIS",
    "Helpdesk-AF": "IT-SD-AF",
    "HR": "HR-SUP",
    "Identity": "IT-IAM",
    "PKI": "IT-PKI",
    "Equipment": "IT-WRK",
    "Software": "IT-SW",
    "Mail": "IT-MAIL",
    "Network": "IT-NET",
    "Badges": "SEC-PHY",
    "Executive": "IT-EXE",
    "Onboarding": "HR-ONB",
    "SecOps": "SEC-OPS",
}  # queue -> the department that works in it

_SUBJECTS = """
Helpdesk My computer does not start this morning|Утром не включается компьютер|Mi equipo no enciende esta mañana|Meu computador não liga hoje de manhã|Mon ordinateur ne démarre pas ce matin
Helpdesk The printer on our floor shows an error|Принтер на нашем этаже выдаёт ошибку|La impresora de nuestro piso da error|A impressora do nosso andar está com erro|L'imprimante de notre étage affiche une erreur
Helpdesk I cannot sign in, it says my account is locked|Не могу войти: пишет, что учётная запись заблокирована|No puedo entrar: dice que mi cuenta está bloqueada|Não consigo entrar: diz que minha conta está bloqueada|Impossible de me connecter : compte verrouillé
Helpdesk Everything has been very slow since the update|После обновления всё очень медленно работает|Desde la actualización todo va muy lento|Desde a atualização está tudo muito lento|Tout est très lent depuis la mise à jour
Helpdesk The projector in the meeting room stays dark|В переговорной не работает проектор|El proyector de la sala no se enciende|O projetor da sala não acende|Le projecteur de la salle reste noir
HR Please correct my surname after the wedding|Прошу исправить фамилию после свадьбы|Corrijan mi apellido después de la boda, por favor|Favor corrigir meu sobrenome após o casamento|Merci de corriger mon nom après le mariage
HR How many vacation days do I have left?|Сколько дней отпуска у меня осталось?|¿Cuántos días de vacaciones me quedan?|Quantos dias de férias ainda tenho?|Combien de jours de congé me reste-t-il ?
HR I need a certificate of employment|Нужна справка с места работы|Necesito un certificado laboral|Preciso de uma declaração de emprego|Il me faut une attestation de travail
Identity Please reset my password|Прошу сбросить пароль|Restablezcan mi contraseña, por favor|Favor redefinir minha senha|Merci de réinitialiser mon mot de passe
Identity Access to the reports group for a new colleague|Доступ в группу отчётов для нового коллеги|Acceso al grupo de informes para un colega nuevo|Acesso ao grupo de relatórios para um colega novo|Accès au groupe des rapports pour un nouveau collègue
Identity My second factor is locked after changing telephones|Второй фактор заблокирован после смены телефона|Mi segundo factor quedó bloqueado al cambiar de teléfono|Meu segundo fator travou depois que troquei de celular|Mon second facteur est bloqué après un changement de téléphone
PKI My VPN certificate expires this week|Сертификат VPN истекает на этой неделе|Mi certificado VPN caduca esta semana|Meu certificado de VPN vence esta semana|Mon certificat VPN expire cette semaine
PKI The signing certificate is not accepted by the portal|Портал не принимает сертификат подписи|El portal no acepta el certificado de firma|O portal não aceita o certificado de assinatura|Le portail refuse le certificat de signature
PKI I need a certificate for the wireless network|Нужен сертификат для беспроводной сети|Necesito un certificado para la red inalámbrica|Preciso de certificado para a rede sem fio|Il me faut un certificat pour le réseau sans fil
Equipment The battery of my laptop lasts twenty minutes|Батареи ноутбука хватает на двадцать минут|La batería de mi portátil dura veinte minutos|A bateria do meu notebook dura vinte minutos|La batterie de mon portable tient vingt minutes
Equipment I need a second monitor|Нужен второй монитор|Necesito un segundo monitor|Preciso de um segundo monitor|Il me faut un deuxième écran
Equipment I lost my work telephone on the bus|Рабочий телефон остался в автобусе|Perdí el teléfono de trabajo en el autobús|Perdi o celular de trabalho no ônibus|J'ai perdu mon téléphone professionnel dans le bus
Software Please install Forge IDE|Прошу установить Forge IDE|Instalen Forge IDE, por favor|Favor instalar o Forge IDE|Merci d'installer Forge IDE
Software The licence of Atelier Suite has run out|Закончилась лицензия Atelier Suite|Venció la licencia de Atelier Suite|A licença do Atelier Suite venceu|La licence d'Atelier Suite a expiré
Software Quill Office closes by itself|Quill Office сам закрывается|Quill Office se cierra solo|O Quill Office fecha sozinho|Quill Office se ferme tout seul
Mail My mailbox is full|Почтовый ящик переполнен|Mi buzón está lleno|Minha caixa de correio está cheia|Ma boîte aux lettres est pleine
Mail I do not receive letters from outside|Не приходят письма извне|No recibo correos externos|Não recebo e-mails de fora|Je ne reçois pas les messages externes
Mail Please set an out-of-office answer for a colleague who is ill|Поставьте автоответ заболевшему коллеге|Pongan respuesta automática a un colega enfermo|Coloquem resposta automática para um colega doente|Merci de mettre une réponse d'absence pour un collègue malade
Network The VPN drops every ten minutes|VPN отваливается каждые десять минут|La VPN se corta cada diez minutos|A VPN cai a cada dez minutos|Le VPN coupe toutes les dix minutes
Network No wireless network in the canteen|В столовой нет беспроводной сети|No hay red inalámbrica en el comedor|Sem rede sem fio no refeitório|Pas de réseau sans fil à la cantine
Network The network socket at my desk is dead|Не работает сетевая розетка на рабочем месте|La toma de red de mi puesto no funciona|A tomada de rede da minha mesa não funciona|La prise réseau de mon bureau ne marche pas
Badges My badge does not open the floor door|Пропуск не открывает дверь этажа|Mi credencial no abre la puerta del piso|Meu crachá não abre a porta do andar|Mon badge n'ouvre pas la porte de l'étage
Badges I left my badge at home, I need one for today|Забыл пропуск дома, нужен на сегодня|Olvidé la credencial en casa, necesito una para hoy|Esqueci o crachá em casa, preciso de um para hoje|J'ai oublié mon badge, il m'en faut un pour aujourd'hui
Badges Access to the archive for a month|Доступ в архив на месяц|Acceso al archivo por un mes|Acesso ao arquivo por um mês|Accès aux archives pour un mois
Executive Video link for the board meeting|Видеосвязь для заседания правления|Videoconferencia para la junta directiva|Videoconferência para a reunião do conselho|Visioconférence pour le conseil
Executive The director's tablet does not synchronise the calendar|На планшете директора не обновляется календарь|La tableta de dirección no sincroniza el calendario|O tablet da diretoria não sincroniza a agenda|La tablette de direction ne synchronise pas l'agenda
Onboarding A newcomer starts on Monday and has no account|Новичок выходит в понедельник, учётной записи нет|El lunes entra alguien nuevo y no tiene cuenta|Na segunda entra alguém novo e ainda não tem conta|Un nouveau arrive lundi et n'a pas de compte
Onboarding A desk and a laptop for a new colleague|Рабочее место и ноутбук для нового коллеги|Puesto y portátil para un colega nuevo|Mesa e notebook para um colega novo|Un bureau et un portable pour un nouveau collègue
SecOps I opened an attachment from a strange letter|Открыл вложение из странного письма|Abrí un adjunto de un correo extraño|Abri um anexo de um e-mail estranho|J'ai ouvert une pièce jointe d'un message étrange
SecOps Sign-in from a country where I have never been|Вход из страны, где я никогда не был|Inicio de sesión desde un país donde nunca estuve|Acesso de um país onde nunca estive|Connexion depuis un pays où je ne suis jamais allé
"""

_SAID = """
Good day.|Добрый день!|Buenos días.|Bom dia.|Bonjour.
I am at desk {desk}, {city}.|Моё место {desk}, {city}.|Estoy en el puesto {desk}, {city}.|Mesa {desk}, {city}.|Poste {desk}, {city}.
We are looking into it.|Разбираемся.|Lo estamos revisando.|Estamos verificando.|Nous regardons.
When did it begin?|Когда это началось?|¿Cuándo empezó?|Quando começou?|Quand cela a-t-il commencé ?
Done. Please check.|Сделано, проверьте.|Hecho, compruebe.|Feito, verifique.|C'est fait, merci de vérifier.
Your manager has to ask.|Просить должен руководитель.|Debe pedirlo su jefe.|Seu gestor deve pedir.|Demande au responsable requise.
"""
GREETING, PLACE, LOOKING, WAITING, DONE, REFUSED = (local(line) for line in _SAID.strip().splitlines())


def _subjects() -> dict[str, tuple[LocalText, ...]]:
    found: dict[str, tuple[LocalText, ...]] = {}
    for line in _SUBJECTS.strip().splitlines():
        stem, text = line.split(" ", 1)
        for queue in QUEUES:
            if queue.split("-")[0] == stem:
                found[queue] = (*found.get(queue, ()), local(text))
    return found


SUBJECTS: dict[str, tuple[LocalText, ...]] = _subjects()


def helpdesk_of(region: Region, language: str) -> str:
    """Europe has no desk of its own and is served by the one that speaks the language."""
    if region == "eu":
        return {"ru": "Helpdesk-CIS", "es": "Helpdesk-BR", "pt": "Helpdesk-BR"}.get(language, "Helpdesk-AF")
    return f"Helpdesk-{region.upper()}"
