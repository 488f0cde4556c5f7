// Secrets Manager for one secret, over TLS by OpenSSL, with the key exchange groups of the first argument.
// The second and third are the files of the key and the certificate, the fourth the address to listen at.
// A line of JSON says the port, and another one each request. CONNECT is served too: as a proxy that speaks TLS itself.
'use strict';

const fs = require('node:fs');
const https = require('node:https');
const net = require('node:net');

const [ecdhCurve, key, cert, address] = process.argv.slice(2);
const server = https.createServer({ ecdhCurve, key: fs.readFileSync(key), cert: fs.readFileSync(cert) });

server.on('request', (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString());
    console.log(JSON.stringify({ target: request.headers['x-amz-target'], protocol: request.socket.getProtocol() }));
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({
      ARN: `arn:aws:secretsmanager:ca-central-1:123456789012:secret:${body.SecretId}-AbCdEf`,
      Name: body.SecretId,
      SecretString: 'value of a',
      VersionId: '11111111-2222-3333-4444-555555555555',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: 1700000000,
    }));
  });
});
server.on('connect', (request, client) => {
  console.log(JSON.stringify({ connect: request.url }));
  const { hostname, port } = new URL(`https://${request.url}`);
  const endpoint = net.connect(port, hostname, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    endpoint.pipe(client).pipe(endpoint);
  });
  for (const end of [client, endpoint]) end.on('error', () => end.destroy());
});
server.on('tlsClientError', (error) => console.log(JSON.stringify({ refused: error.code })));
server.listen(0, address, () => console.log(JSON.stringify({ port: server.address().port })));
