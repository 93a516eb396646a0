// mailauth as a service: a JSON list of {message, ip, helo, sender, dns} on standard input, its results on standard output.
const { authenticate } = require('mailauth');

async function main() {
    let given = '';
    for await (const chunk of process.stdin) given += chunk;
    const answers = [];
    for (const request of JSON.parse(given)) {
        const resolver = async (name, type) => {
            const found = request.dns[`${name.toLowerCase()} ${type}`];
            if (!found) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
            return type === 'TXT' ? found.map((text) => [text]) : type === 'MX'
                ? found.map((text) => ({ priority: Number(text.split(' ')[0]), exchange: text.split(' ')[1] })) : found;
        };
        const { dkim, spf, arc, dmarc } = await authenticate(Buffer.from(request.message, 'base64'), {
            ip: request.ip, helo: request.helo, sender: request.sender, mta: 'mx.example', resolver, minBitLength: 1024
        });
        answers.push({
            dkim: dkim.results.map((result) => result.status.result),
            spf: spf && spf.status.result,
            arc: arc && arc.status.result,
            dmarc: dmarc && { result: dmarc.status.result, policy: dmarc.policy }
        });
    }
    process.stdout.write(JSON.stringify(answers));
}

main();
