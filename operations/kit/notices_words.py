"""Words of notices, in the languages of the company."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "ru", "es", "pt", "fr")
"""Languages that notices are written in."""

ByLanguage = tuple[str, str, str, str, str]
"""One sentence, in the order of `LANGUAGES`."""

CHANGES: Final[Mapping[str, ByLanguage]] = {
    "unlock_account": (
        "Your account was unlocked",
        "Ваша учётная запись разблокирована",
        "Se desbloqueó su cuenta",
        "Sua conta foi desbloqueada",
        "Votre compte a été déverrouillé",
    ),
    "reset_password": (
        "Your password was reset",
        "Ваш пароль сброшен",
        "Se restableció su contraseña",
        "Sua senha foi redefinida",
        "Votre mot de passe a été réinitialisé",
    ),
    "enable_account": (
        "Your account was enabled",
        "Ваша учётная запись включена",
        "Se habilitó su cuenta",
        "Sua conta foi ativada",
        "Votre compte a été activé",
    ),
    "disable_account": (
        "Your account was disabled",
        "Ваша учётная запись отключена",
        "Se deshabilitó su cuenta",
        "Sua conta foi desativada",
        "Votre compte a été désactivé",
    ),
    "disable_second_factor": (
        "A second factor of yours was switched off",
        "Ваш второй фактор отключён",
        "Se desactivó uno de sus segundos factores",
        "Um de seus segundos fatores foi desligado",
        "L'un de vos seconds facteurs a été désactivé",
    ),
    "reset_second_factor": (
        "A second factor of yours was reset",
        "Ваш второй фактор сброшен",
        "Se restableció uno de sus segundos factores",
        "Um de seus segundos fatores foi redefinido",
        "L'un de vos seconds facteurs a été réinitialisé",
    ),
    "remove_second_factor": (
        "A second factor of yours was removed",
        "Ваш второй фактор удалён",
        "Se eliminó uno de sus segundos factores",
        "Um de seus segundos fatores foi removido",
        "L'un de vos seconds facteurs a été supprimé",
    ),
    "issue_certificate": (
        "A certificate was issued to you",
        "Вам выпущен сертификат",
        "Se emitió un certificado a su nombre",
        "Um certificado foi emitido para você",
        "Un certificat a été émis à votre nom",
    ),
    "revoke_certificate": (
        "A certificate of yours was revoked",
        "Ваш сертификат отозван",
        "Se revocó uno de sus certificados",
        "Um de seus certificados foi revogado",
        "L'un de vos certificats a été révoqué",
    ),
    "terminate_sessions": (
        "Your sessions were ended",
        "Ваши сеансы завершены",
        "Se cerraron sus sesiones",
        "Suas sessões foram encerradas",
        "Vos sessions ont été fermées",
    ),
    "block_badge": (
        "A badge of yours was blocked",
        "Ваш пропуск заблокирован",
        "Se bloqueó una de sus credenciales de acceso",
        "Um de seus crachás foi bloqueado",
        "L'un de vos badges a été bloqué",
    ),
    "issue_temporary_badge": (
        "A temporary badge was issued to you",
        "Вам выдан временный пропуск",
        "Se le emitió una credencial de acceso temporal",
        "Um crachá temporário foi emitido para você",
        "Un badge temporaire vous a été remis",
    ),
    "wipe_device": (
        "A device of yours is being erased",
        "Ваше устройство стирается",
        "Se está borrando uno de sus dispositivos",
        "Um de seus dispositivos está sendo apagado",
        "L'un de vos appareils est en cours d'effacement",
    ),
    "lost_laptop": (
        "A laptop of yours was reported lost and is being secured",
        "Ваш ноутбук заявлен утерянным, доступ с него закрывается",
        "Uno de sus portátiles se dio por perdido y se está protegiendo",
        "Um de seus notebooks foi dado como perdido e está sendo protegido",
        "L'un de vos ordinateurs portables, déclaré perdu, est en cours de sécurisation",
    ),
    "block_leaver": (
        "Your access to the company's systems was closed",
        "Ваш доступ к системам компании закрыт",
        "Se cerró su acceso a los sistemas de la empresa",
        "Seu acesso aos sistemas da empresa foi encerrado",
        "Votre accès aux systèmes de l'entreprise a été fermé",
    ),
    "welcome_newcomer": (
        "What you need on your first day is ready",
        "Всё для вашего первого рабочего дня готово",
        "Está listo lo que necesita en su primer día",
        "O que você precisa no primeiro dia está pronto",
        "Ce dont vous avez besoin le premier jour est prêt",
    ),
    "help_locked_out_traveller": (
        "You were let in again after being locked out on a journey",
        "Ваш доступ, потерянный в поездке, восстановлен",
        "Se restableció su acceso, bloqueado durante un viaje",
        "Seu acesso, bloqueado durante uma viagem, foi restabelecido",
        "Votre accès, bloqué en déplacement, a été rétabli",
    ),
}
"""What was changed, by operation."""

CHANGED: Final[ByLanguage] = (
    "Something about your access or devices was changed",
    "Изменены ваши доступы или устройства",
    "Se cambió algo en sus accesos o dispositivos",
    "Algo em seus acessos ou dispositivos foi alterado",
    "Vos accès ou vos appareils ont été modifiés",
)
"""The same, for an operation that has no sentence of its own."""

TAKEN_BACK: Final[ByLanguage] = (
    "An earlier change was taken back: {what}",
    "Прежнее изменение отменено: {what}",
    "Se deshizo un cambio anterior: {what}",
    "Uma alteração anterior foi desfeita: {what}",
    "Une modification précédente a été annulée : {what}",
)

CHANGED_TEXT: Final[ByLanguage] = (
    (
        "{what}.\n\nWhen: {at} UTC\nBy: {team}\nOperation: {operation}\n\n"
        "If you did not expect this, tell the service desk at once and name the operation above.\n"
        "Nobody will ask you for a password or a code in answer to this letter.\n"
    ),
    (
        "{what}.\n\nКогда: {at} UTC\nКто: {team}\nОперация: {operation}\n\n"
        "Если вы этого не ожидали, сразу сообщите в службу поддержки и назовите операцию.\n"
        "В ответ на это письмо никто не попросит у вас пароль или код.\n"
    ),
    (
        "{what}.\n\nCuándo: {at} UTC\nQuién: {team}\nOperación: {operation}\n\n"
        "Si no lo esperaba, avise enseguida a la mesa de ayuda e indique la operación.\n"
        "Nadie le pedirá una contraseña ni un código en respuesta a este mensaje.\n"
    ),
    (
        "{what}.\n\nQuando: {at} UTC\nPor: {team}\nOperação: {operation}\n\n"
        "Se você não esperava isso, avise o suporte imediatamente e informe a operação.\n"
        "Ninguém pedirá senha ou código em resposta a esta mensagem.\n"
    ),
    (
        "{what}.\n\nQuand : {at} UTC\nPar : {team}\nOpération : {operation}\n\n"
        "Si vous ne vous y attendiez pas, prévenez tout de suite l'assistance en citant l'opération.\n"
        "Personne ne vous demandera de mot de passe ni de code en réponse à ce message.\n"
    ),
)

APPROVAL: Final[ByLanguage] = (
    "Your agreement is asked for",
    "Требуется ваше согласие",
    "Se pide su aprobación",
    "Sua aprovação é solicitada",
    "Votre accord est demandé",
)
APPROVAL_TEXT: Final[ByLanguage] = (
    (
        "An operation waits for another person's agreement.\n\nWhat: {name}\nAsked for by: {team}\nOperation: {operation}\n"
        "Until: {until} UTC\n\nLook at the plan in Okno and decide there; an answer to this letter is read by nobody.\n"
    ),
    (
        "Операция ждёт согласия другого человека.\n\nЧто: {name}\nКто просит: {team}\nОперация: {operation}\n"
        "До: {until} UTC\n\nПосмотрите план в Okno и решите там; ответ на это письмо никто не прочтёт.\n"
    ),
    (
        "Una operación espera la aprobación de otra persona.\n\nQué: {name}\nLa pide: {team}\nOperación: {operation}\n"
        "Hasta: {until} UTC\n\nMire el plan en Okno y decida allí; nadie lee las respuestas a este mensaje.\n"
    ),
    (
        "Uma operação aguarda a aprovação de outra pessoa.\n\nO quê: {name}\nSolicitada por: {team}\nOperação: {operation}\n"
        "Até: {until} UTC\n\nVeja o plano no Okno e decida lá; ninguém lê respostas a esta mensagem.\n"
    ),
    (
        "Une opération attend l'accord d'une autre personne.\n\nQuoi : {name}\nDemandée par : {team}\nOpération : {operation}\n"
        "Jusqu'à : {until} UTC\n\nRegardez le plan dans Okno et décidez-y ; personne ne lit les réponses à ce message.\n"
    ),
)

LAST_RESORT: Final[ByLanguage] = (
    "Your agreement is asked for, as the last resort",
    "Требуется ваше согласие: больше никто не ответил",
    "Se pide su aprobación como última instancia",
    "Sua aprovação é solicitada como última instância",
    "Votre accord est demandé en dernier recours",
)
LAST_RESORT_TEXT: Final[ByLanguage] = (
    "Nobody who was asked has decided, and the time is nearly over. Your team may decide as well now.",
    "Никто из тех, кого спросили, не ответил, и срок подходит к концу. Теперь решить может и ваша команда.",
    "Nadie de quienes fueron consultados ha decidido y el plazo está por terminar. Ahora también puede decidir su equipo.",
    "Ninguém dos consultados decidiu e o prazo está quase no fim. Agora sua equipe também pode decidir.",
    "Aucune des personnes sollicitées n'a décidé et le délai touche à sa fin. Votre équipe peut maintenant décider aussi.",
)

CODE: Final[ByLanguage] = (
    "Your code for the service desk",
    "Ваш код для службы поддержки",
    "Su código para la mesa de ayuda",
    "Seu código para o suporte",
    "Votre code pour l'assistance",
)
CODE_TEXT: Final[ByLanguage] = (
    (
        "{code}\n\nRead this code out to the colleague of the service desk who is on the phone with you now. It is good until {until} UTC.\n"
        "If you are not on the phone with the service desk, tell nobody, and report it.\n"
    ),
    (
        "{code}\n\nНазовите этот код сотруднику поддержки, с которым вы сейчас говорите. Код действует до {until} UTC.\n"
        "Если вы сейчас не говорите с поддержкой, никому его не называйте и сообщите об этом.\n"
    ),
    (
        "{code}\n\nLea este código a la persona de la mesa de ayuda con la que habla ahora. Vale hasta las {until} UTC.\n"
        "Si no está hablando con la mesa de ayuda, no se lo diga a nadie y avise.\n"
    ),
    (
        "{code}\n\nLeia este código para a pessoa do suporte com quem você fala agora. Vale até {until} UTC.\n"
        "Se você não está falando com o suporte, não o diga a ninguém e avise.\n"
    ),
    (
        "{code}\n\nLisez ce code à la personne de l'assistance qui est en ligne avec vous. Il est valable jusqu'à {until} UTC.\n"
        "Si vous n'êtes pas en ligne avec l'assistance, ne le dites à personne et signalez-le.\n"
    ),
)

SUPPORT: Final[ByLanguage] = ("support", "поддержка", "soporte", "suporte", "assistance")
"""Who did it, where no team did."""


def said(sentence: ByLanguage, language: str) -> str:
    """A sentence in one language, English where it is none of ours."""
    return sentence[LANGUAGES.index(language) if language in LANGUAGES else 0]
