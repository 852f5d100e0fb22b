// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import dev.bellhop.server.failure.BellhopException;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;

/** Encrypted values in memory, for tests of what does not depend on a database. It passes the contract of all others. */
public final class MemoryRenewableContent implements RenewableContent {
    private final ContentCipher cipher;
    /** By what each is bound to. */
    private final Map<String, byte[]> values;

    private volatile byte[] check;
    private volatile int renewedBy;

    public MemoryRenewableContent(ContentCipher cipher) {
        this(cipher, new ConcurrentSkipListMap<>(), cipher.check(), cipher.primary());
    }

    private MemoryRenewableContent(ContentCipher cipher, Map<String, byte[]> values, byte[] check, int renewedBy) {
        this.cipher = cipher;
        this.values = values;
        this.check = check;
        this.renewedBy = renewedBy;
    }

    /** The same values, used with other keys. */
    MemoryRenewableContent with(KeySource keys) throws EncryptionKeysException {
        return new MemoryRenewableContent(ContentCipher.with(keys, check), values, check, renewedBy);
    }

    ContentCipher cipher() {
        return cipher;
    }

    void put(String context, byte[] plain) {
        values.put(context, cipher.seal(plain, context));
    }

    void damage(String context) {
        values.put(context, new byte[ContentCipher.OVERHEAD]);
    }

    byte[] get(String context) {
        return cipher.open(values.getOrDefault(context, new byte[0]), context);
    }

    @Override
    public int renewedBy() {
        return renewedBy;
    }

    @Override
    public void begin() {
        check = cipher.check();
    }

    @Override
    public boolean renew(BooleanSupplier goesOn) {
        boolean all = true;
        for (String context : values.keySet()) {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
            try {
                values.computeIfPresent(context, (same, old) -> cipher.renewed(old, context));
            } catch (BellhopException e) {
                all = false;
            }
        }
        return all;
    }

    @Override
    public void end() {
        renewedBy = cipher.primary();
    }
}
