/* Hands badges to two independent verifiers: @digitalbazaar/vc with vc-bitstring-status-list (proofs, VC semantics,
   status), and jose (tokens: signature, issuer, dates). Reads {documents, issuer, jwks, credentials, tokens} from
   standard input, where documents are what the web would serve by address; writes {credentials, tokens}: by name,
   {accepted, status, error}. */

import {contexts as vcContexts} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {createLocalJWKSet, jwtVerify} from 'jose';

const chunks = [];
for await (const chunk of process.stdin) { chunks.push(chunk); }
const given = JSON.parse(Buffer.concat(chunks).toString());

async function documentLoader(url) {
  const document = vcContexts.get(url) ?? given.documents[url];
  if (!document) { throw new Error(`Not on the web: ${url}`); }
  return {contextUrl: null, documentUrl: url, document};
}

function errorsOf(error) {
  if (!error) { return ''; }
  return [error.message, ...(error.errors ?? []).map(errorsOf), errorsOf(error.cause)].filter(Boolean).join(' | ');
}

async function checkCredential(credential) {
  const suite = new DataIntegrityProof({cryptosuite});
  // The library hands the status check the suites and the loader; the list must come from the same issuer.
  const status = options => checkStatus({...options, verifyMatchingIssuers: true});
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus: status});
  const found = result.statusResult;
  return {
    accepted: result.verified,
    status: found ? found.verified && found.results.every(each => !each.status) : null,
    error: errorsOf(result.error) + errorsOf(found?.error),
  };
}

async function checkToken(token) {
  try {
    await jwtVerify(token, createLocalJWKSet(given.jwks), {issuer: given.issuer, algorithms: ['EdDSA']});
    return {accepted: true, status: null, error: ''};
  } catch (error) {
    return {accepted: false, status: null, error: error.message};
  }
}

const answer = {credentials: {}, tokens: {}};
for (const [name, credential] of Object.entries(given.credentials)) {
  answer.credentials[name] = await checkCredential(credential);
}
for (const [name, token] of Object.entries(given.tokens)) { answer.tokens[name] = await checkToken(token); }
console.log(JSON.stringify(answer));
