// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import static dev.bellhop.server.audit.AuditedWrites.assertRecorded;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every {@link MaskStore} does, whatever it keeps masks in. */
public abstract class MaskStoreContract {
    private static final Mask ONE = new Mask("one", "gr\u00fc\u00dfe '\" (a|b)+");
    private static final Mask TWO = new Mask("two", "x");

    /** The store under test, empty when a test begins. */
    protected abstract MaskStore store();

    /** Closes the store and opens another one on what it has kept. */
    protected abstract MaskStore reopened() throws Exception;

    /** The audit trail of the same place. */
    protected abstract AuditStore audit();

    @Test
    void eachTenantHasItsOwn() throws Exception {
        store().put(Tenant.operator(), ONE).join();
        store().put(account("a"), ONE).join();
        store().put(account("b"), TWO).join();
        Map<Tenant, List<Mask>> all =
                Map.of(Tenant.operator(), List.of(ONE), account("a"), List.of(ONE), account("b"), List.of(TWO));
        assertThat(store().all()).isEqualTo(all);
        assertThat(reopened().all()).isEqualTo(all);

        store().delete(account("a"), "one").join();
        store().delete(account("b"), "one").join();
        assertThat(reopened().all()).isEqualTo(Map.of(Tenant.operator(), List.of(ONE), account("b"), List.of(TWO)));
    }

    @Test
    void itBeginsEmptyAndDeletingTheMissingIsNoFault() {
        store().delete(account("a"), "one").join();

        assertThat(store().all()).isEmpty();
    }

    @Test
    void eachChangeIsRecordedWithIt() {
        assertRecorded(audit(), () -> store().put(account("a"), ONE));
        assertRecorded(audit(), () -> store().delete(account("a"), "one"));
    }

    @Test
    void oneTakesThePlaceOfThatWithItsName() throws Exception {
        Mask other = new Mask("one", "other");
        store().put(account("a"), ONE).join();
        store().put(account("a"), other).join();
        assertThat(reopened().all()).isEqualTo(Map.of(account("a"), List.of(other)));
    }
}
