// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

class MemoryRenewableContentTest extends RenewableContentContract {
    private MemoryRenewableContent content;

    MemoryRenewableContentTest() throws EncryptionKeysException {
        content = new MemoryRenewableContent(
                ContentCipher.with(new GivenKeys(Keyset.generate().json()), null));
    }

    @Override
    protected RenewableContent content() {
        return content;
    }

    @Override
    protected RenewableContent reopened(KeySource keys) throws EncryptionKeysException {
        content = content.with(keys);
        return content;
    }

    @Override
    protected ContentCipher cipher() {
        return content.cipher();
    }

    @Override
    protected void store(int number) {
        content.put("value " + number, plain(number));
    }

    @Override
    protected boolean isReadable(int number) {
        return Arrays.equals(content.get("value " + number), plain(number));
    }

    @Override
    protected void damage(int number) {
        content.damage("value " + number);
    }

    private static byte[] plain(int number) {
        return ("plain " + number).getBytes(StandardCharsets.UTF_8);
    }
}
