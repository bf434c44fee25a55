# What staff may do in every queue; RT's REST service has no way to grant it.
@ACL = map { { GroupDomain => 'SystemInternal', GroupType => 'Privileged', Right => $_ } }
    qw(SeeQueue ShowTicket ShowTicketComments CreateTicket OwnTicket TakeTicket ModifyTicket ReplyToTicket CommentOnTicket);
1;
