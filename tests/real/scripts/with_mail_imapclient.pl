# Mail::IMAPClient: what imapsync is made of. Copies one account to another and compares. Arguments: port, CA, user, password, other user.
use strict;
use warnings;
use Mail::IMAPClient;

my ($port, $authority, $user, $password, $other) = @ARGV;

sub client {
    my ($name) = @_;
    my $client = Mail::IMAPClient->new(
        Server => 'localhost', Port => $port, User => $name, Password => $password, Uid => 1, Peek => 1, Timeout => 20,
        Ssl => [SSL_ca_file => $authority, SSL_verify_mode => 1],
    );
    return $client || die "cannot sign in: $@";
}

my ($from, $to) = (client($user), client($other));
$from->has_capability('UIDPLUS') or die 'no UIDPLUS';
for my $folder ('INBOX', 'Sent') {
    $from->select($folder) or die $from->LastError;
    for my $uid ($from->messages) {
        my $octets = $from->message_string($uid);
        my @flags = grep { $_ ne '\\Recent' } @{ $from->flags($uid) };
        my $new = $to->append_string($folder, $octets, join(' ', @flags), $from->internaldate($uid)) or die $to->LastError;
        $to->select($folder) or die $to->LastError;
        $to->message_string($new) eq $octets or die "message $uid came through changed";
        $to->internaldate($new) eq $from->internaldate($uid) or die "the date of $uid changed";
    }
}
$to->select('INBOX');
my @found = $to->search('HEADER Subject "letter 3"');
@found == 1 or die 'not found';
$to->set_flag('Flagged', @found) or die $to->LastError;
$to->move('Archive', \@found) or die $to->LastError;
$to->expunge or die $to->LastError;
$to->create('Ablage/alt') or die $to->LastError;
$to->exists('Ablage/alt') or die 'the folder is not there';
$to->delete('Ablage/alt') or die $to->LastError;
my $threads = $to->thread('REFERENCES', 'UTF-8', 'ALL') or die $to->LastError;
@$threads == 4 or die 'threads';
$_->logout for $from, $to;
