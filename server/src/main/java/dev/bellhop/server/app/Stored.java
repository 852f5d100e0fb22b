// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.recording.RecordingStore;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.Generations;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.sql.SqlAccountStore;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import dev.bellhop.server.store.sql.SqlMaskStore;
import dev.bellhop.server.store.sql.SqlRecordingStore;
import dev.bellhop.server.store.sql.SqlRenewableContent;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import dev.bellhop.server.store.sql.SqlSshKeyStore;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;

/** What administrators and customers keep in the database, apart from commands and operations. Thread safe. */
public record Stored(
        Keys keys,
        SshKeys sshKeys,
        Accounts accounts,
        SavedCommands savedCommands,
        Masks masks,
        AuditTrail audit,
        KeyRotation encryption,
        RecordingStore recordings) {
    /**
     * Reads it, and from then on notices changes by other servers.
     *
     * @param encryptionKeys the keys that encrypt contents
     * @param keep registers a part to be closed at the end, in reverse order
     */
    static Stored open(SqlDatabase database, KeySource encryptionKeys, Clock clock, Consumer<AutoCloseable> keep)
            throws EncryptionKeysException {
        KeyRotation encryption = new KeyRotation(
                database.cipher(),
                encryptionKeys,
                new SqlRenewableContent(database),
                database.sharedDuty(Duty.KEY_ROTATION));
        keep.accept(encryption);
        encryption.start();
        AuditTrail audit = new AuditTrail(new SqlAuditStore(database), clock);
        keep.accept(audit);
        audit.start();
        Generations generations = database.generations();
        Keys keys = new Keys(new SqlKeyStore(database), clock);
        SshKeys sshKeys = new SshKeys(new SqlSshKeyStore(database), keys, clock);
        KeyUseRecorder uses = new KeyUseRecorder(List.of(keys, sshKeys), generations.isShared());
        keep.accept(uses);
        uses.start();
        Accounts accounts = new Accounts(new SqlAccountStore(database), keys, clock);
        SavedCommands savedCommands = new SavedCommands(new SqlSavedCommandStore(database));
        Masks masks = new Masks(new SqlMaskStore(database));
        generations.watch(Kind.KEYS, keys::reload);
        generations.watch(Kind.SSH_KEYS, sshKeys::reload);
        generations.watch(Kind.ACCOUNTS, accounts::reload);
        generations.watch(Kind.MASKS, masks::reload);
        generations.watch(Kind.SAVED_COMMANDS, savedCommands::reload);
        return new Stored(
                keys,
                sshKeys,
                accounts,
                savedCommands,
                masks,
                audit,
                encryption,
                new SqlRecordingStore(database, EndEntries::of));
    }
}
