import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { trustFiles } from '../../src/server/trust-files.ts';
import { accord, type Ended, run, runAccord, skipWithout } from '../harness/commands.ts';

/** Whether a mount namespace may be made: what is mounted there, this machine does not see. */
const alone =
  (await skipWithout('unshare')) ||
  (await skipWithout('update-ca-certificates')) ||
  ((await run('unshare', ['-m', 'true'])).code === 0 ? false : 'only root may mount');

const browsers = await skipWithout('certutil');

describe('accord trust install', () => {
  let folder: string;
  let data: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-stores-'));
    data = join(folder, 'data');
    const made = await runAccord('trust', 'create', '--data', data);
    assert.equal(made.code, 0, made.err);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const bundle = '/etc/ssl/certs/ca-certificates.crt';

  test('has the system trust it, and uninstall undoes that', { skip: alone }, async () => {
    const outside = await readFile(bundle);
    const { server } = trustFiles(data);
    const trust = `"${process.execPath}" "${accord}" trust`;
    // Copies of the folders that the system's store is, which are gone with the namespace.
    const script = `set -e
      for d in /usr/local/share/ca-certificates /etc/ssl/certs; do
        mkdir -p "${folder}/system$d"; cp -a $d/. "${folder}/system$d"; mount --bind "${folder}/system$d" $d
      done
      ! openssl verify -CAfile ${bundle} ${server} 2>/dev/null
      ${trust} install --store system --data ${data}
      ${trust} install --store system --data ${data}
      openssl verify -CAfile ${bundle} ${server}
      openssl verify -CApath /etc/ssl/certs -no-CAfile ${server}
      ${trust} show --data ${data} | grep 'trusted by'
      ${trust} uninstall --data ${data}
      ! openssl verify -CAfile ${bundle} ${server} 2>/dev/null
      ${trust} uninstall --data ${data}
      ${trust} install --data ${data} --store system
      ${trust} remove --data ${data}`;
    const { code, out, err } = await run('unshare', ['-m', 'sh', '-c', script]);
    assert.equal(code, 0, `${out}${err}`);
    for (const line of [
      /^Now trusted by the system's store/m,
      /^Trusted already by the system's store/m,
      /^ {2}trusted by .*the system's store/m,
      /^No longer trusted by the system's store/m,
      /^No store of this machine trusts it/m,
      /^It is still trusted by the system's store.*Its key is gone/m,
      /^ {2}sudo rm \/usr\/local\/share\/ca-certificates\/accord-local-authority-[0-9a-f]{8}\.crt$/m,
    ])
      assert.match(out, line);
    assert.deepEqual(await readFile(bundle), outside);
    assert.equal((await runAccord('trust', 'create', '--data', data)).code, 0);
  });

  test('has browsers trust it, and uninstall undoes that', { skip: browsers }, async () => {
    const home = join(folder, 'home');
    const stores = ['.pki/nssdb', '.mozilla/firefox/abc.default-release'].map((below) => join(home, below));
    for (const store of stores) {
      await mkdir(store, { recursive: true });
      await run('certutil', ['-N', '-d', `sql:${store}`, '--empty-password']);
    }
    // A profile without certificates is none of ours.
    await mkdir(join(home, '.mozilla/firefox/Crash Reports'));
    await writeFile(join(home, '.mozilla/firefox/profiles.ini'), '');
    const trust = (...args: readonly string[]): Promise<Ended> =>
      run(process.execPath, [accord, 'trust', ...args, '--data', data, '--store', 'nss'], { HOME: home });
    const listed = async (): Promise<number> => {
      const lists = await Promise.all(stores.map((store) => run('certutil', ['-L', '-d', `sql:${store}`])));
      return lists.filter(({ out }) => /^Accord local authority [0-9a-f]{8} +C,,/m.test(out)).length;
    };
    const installed = await trust('install');
    assert.equal(installed.code, 0, installed.err);
    assert.equal(await listed(), 2);
    assert.match((await trust('install')).out, /^Trusted already by the store of browsers/);
    assert.equal((await trust('uninstall')).code, 0);
    assert.equal(await listed(), 0);
  });

  test('where nothing can be done from here, it says what to paste', async () => {
    const { code, out, err } = await run(
      process.execPath,
      [accord, 'trust', 'install', '--store', 'nss', '--data', data],
      { HOME: join(folder, 'nobody') },
    );
    assert.equal(code, 1);
    assert.match(err, /^No store of this machine can be changed from here\. To paste:/);
    assert.match(out, /update-ca-trust/);
    assert.match(out, /certutil -A/);
  });
});
