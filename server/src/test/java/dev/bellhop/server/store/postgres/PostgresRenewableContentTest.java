// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.encryption.RenewableContent;
import dev.bellhop.server.encryption.RenewableContentContract;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.store.sql.SqlRenewableContent;
import dev.bellhop.server.store.sqlite.TestStores;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With executions for its values; {@code KeyRotationTest} has all that is encrypted. */
@Tag("real")
@Tag("cluster")
class PostgresRenewableContentTest extends RenewableContentContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private final Map<Integer, Execution> stored = new HashMap<>();

    @Override
    protected RenewableContent content() {
        return new SqlRenewableContent(temp.get());
    }

    @Override
    protected RenewableContent reopened(KeySource keys) throws IOException {
        return new SqlRenewableContent(temp.reopened(keys));
    }

    @Override
    protected ContentCipher cipher() {
        return temp.get().cipher();
    }

    @Override
    protected void store(int number) {
        Execution execution = TestExecutions.pending(number);
        stored.put(number, execution);
        TestStores.executions(temp.get())
                .intake()
                .insert(execution, StartOptions.PLAIN, null, null)
                .join();
    }

    private Execution stored(int number) {
        return Objects.requireNonNull(stored.get(number));
    }

    @Override
    protected boolean isReadable(int number) {
        return TestStores.executions(temp.get())
                .reader()
                .find(stored(number).id())
                .equals(Optional.of(stored(number)));
    }

    @Override
    protected void damage(int number) {
        temp.get()
                .change(connection -> connection.execute(
                        "UPDATE executions SET sealed_command = decode(repeat('00', 40), 'hex') WHERE id = ?",
                        stored(number).id().toString()))
                .join();
    }
}
