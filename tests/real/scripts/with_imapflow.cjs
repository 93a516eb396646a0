// ImapFlow: CONDSTORE, QRESYNC, OBJECTID, COMPRESS, BINARY and the rest of what it finds announced. Arguments: port, CA, user, password.
const fs = require('node:fs');
const assert = require('node:assert');
const { ImapFlow } = require('imapflow');

const [port, authority, user, pass] = process.argv.slice(2);
const open = async extra => {
    const client = new ImapFlow({
        host: 'localhost', port: Number(port), secure: true, tls: { ca: fs.readFileSync(authority) }, auth: { user, pass },
        logger: false, qresync: true, ...extra,
    });
    await client.connect();
    return client;
};

(async () => {
    const client = await open();
    const names = (await client.list()).map(box => `${box.path} ${box.specialUse || ''}`);
    assert(names.includes('INBOX \\Inbox') && names.includes('Sent \\Sent'), String(names));
    const made = await client.mailboxCreate('計画/2026');
    assert(made.created);
    let lock = await client.getMailboxLock('INBOX');
    assert.equal(client.mailbox.exists, 5);
    assert(client.mailbox.highestModseq > 0n);
    assert(client.mailbox.mailboxId);
    const found = await client.search({ body: 'Text 3' }, { uid: true });
    assert.equal(found.length, 1);
    const seen = [];
    for await (const message of client.fetch('1:*', { uid: true, envelope: true, bodyStructure: true, flags: true, source: true, threadId: true })) {
        assert(message.emailId && message.threadId && message.modseq);
        assert(message.source.includes('Text '));
        seen.push(message.envelope.subject);
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5].map(number => `letter ${number} 你好`));
    const since = client.mailbox.highestModseq;
    await client.messageFlagsAdd(found, ['\\Flagged', 'plan'], { uid: true });
    const changed = [];
    for await (const message of client.fetch('1:*', { uid: true, flags: true }, { changedSince: since })) changed.push(message.uid);
    assert.deepEqual(changed, found);
    const moved = await client.messageMove(found, '計画/2026', { uid: true });
    assert.equal(moved.uidMap.size, 1);
    const other = await open();
    const told = new Promise(resolve => client.on('exists', resolve));
    const idling = client.idle();
    await other.append('INBOX', 'Subject: appended\r\n\r\nBy ImapFlow.\r\n', ['\\Seen']);
    await told;
    client.noop();
    await idling;
    await other.logout();
    await client.messageDelete('1', {});
    const { content } = await client.download('1', undefined, {});
    let octets = 0;
    for await (const chunk of content) octets += chunk.length;
    assert(octets > 0);
    lock.release();
    const status = await client.status('INBOX', { messages: true, unseen: true, highestModseq: true });
    assert.equal(status.messages, 4);
    await client.getQuota('INBOX');
    await client.mailboxRename('計画/2026', '計画/2027');
    await client.logout();
})().catch(error => { console.error(error); process.exit(1); });
