// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What every {@link RenewableContent} does, whatever it keeps. */
public abstract class RenewableContentContract {
    /** The content under test, empty when a test begins. */
    protected abstract RenewableContent content();

    /** Closes what is kept and opens it again with these keys. */
    protected abstract RenewableContent reopened(KeySource keys) throws Exception;

    /** What it is encrypted with. */
    protected abstract ContentCipher cipher();

    /** Stores a value under a number, encrypted. */
    protected abstract void store(int number);

    /** Whether the value of this number is what was stored; throws where it cannot be decrypted. */
    protected abstract boolean isReadable(int number);

    /** Has the value of this number replaced by one that cannot be decrypted. */
    protected abstract void damage(int number);

    /** Puts a new key in the place of the one that encrypts. */
    private Keyset rotated() {
        Keyset keys = cipher().keys().withNewPrimary();
        cipher().use(keys);
        return keys;
    }

    /** Those of {@link #cipher} without the older ones: what is still encrypted with these cannot be read any more. */
    private void forgetOlderKeys() {
        cipher().use(cipher().keys().primaryAlone());
    }

    @Test
    void allIsReadableWithTheNewKeyAlone() throws Exception {
        int before = content().renewedBy();
        assertThat(before).isEqualTo(cipher().primary());
        for (int number = 1; number <= 120; number++) {
            store(number);
        }
        rotated();
        content().begin();
        assertThat(content().renew(() -> true)).isTrue();
        assertThat(content().renewedBy()).as("until that is stored").isEqualTo(before);
        content().end();

        assertThat(content().renewedBy()).isEqualTo(cipher().primary());
        forgetOlderKeys();
        for (int number = 1; number <= 120; number++) {
            assertThat(isReadable(number)).isTrue();
        }
    }

    @Test
    void withoutARotationThereIsNothingToDo() throws Exception {
        store(1);

        assertThat(content().renew(() -> true)).isTrue();
        assertThat(isReadable(1)).isTrue();
    }

    @Test
    void whatIsWrittenMeanwhileNeedsNoRenewal() throws Exception {
        rotated();
        content().begin();
        store(1);
        forgetOlderKeys();

        assertThat(isReadable(1)).isTrue();
    }

    @Test
    void oneThatIsStoppedIsNotDoneAndGoesOnLater() throws Exception {
        for (int number = 1; number <= 120; number++) {
            store(number);
        }
        rotated();
        content().begin();
        AtomicInteger looks = new AtomicInteger();
        assertThat(content().renew(() -> looks.incrementAndGet() < 2)).isFalse();
        assertThat(isReadable(120)).isTrue();

        assertThat(content().renew(() -> true)).isTrue();
        forgetOlderKeys();
        assertThat(isReadable(1)).isTrue();
        assertThat(isReadable(120)).isTrue();
    }

    @Test
    void whatCannotBeReadKeepsItFromBeingDoneAndNothingElse() throws Exception {
        store(1);
        store(2);
        store(3);
        damage(2);
        rotated();
        content().begin();
        assertThat(content().renew(() -> true)).isFalse();

        forgetOlderKeys();
        assertThat(isReadable(1)).isTrue();
        assertThatThrownBy(() -> isReadable(2)).isNotNull();
        assertThat(isReadable(3)).isTrue();
    }

    @Test
    void fromTheBeginOnTheOldKeyAloneOpensNothing() throws Exception {
        GivenKeys old = new GivenKeys(cipher().keys().json());
        GivenKeys both = new GivenKeys(rotated().json());
        store(1);
        content().begin();

        assertThatThrownBy(() -> reopened(old)).isInstanceOf(EncryptionKeysException.class);
        RenewableContent reopened = reopened(both);
        assertThat(reopened.renewedBy()).isNotEqualTo(cipher().primary());
        assertThat(isReadable(1)).isTrue();
    }
}
