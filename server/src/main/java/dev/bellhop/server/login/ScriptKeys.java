// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.script.AuthorizedKeysScript;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.guest.GuestScriptRunner;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Changes keys through scripts that the guest runs as the user. */
final class ScriptKeys implements UserKeys {
    private static final int MAX_TRIES = 3;

    private static final Pattern HEAD = Pattern.compile("bellhop keys (?<state>[a-z]{1,10}|[0-9]{1,10}-[0-9]{1,10})"
            + " (?<zone>[+-][0-9]{4}|-) (?<local>[0-9]{14}|-) (?<version>[0-9.]{1,20}|-)");
    private static final Pattern WRITTEN = Pattern.compile("bellhop keys ([a-z]{1,10})\n");
    private static final int MAX_HEAD = 120;

    private final GuestScriptRunner scripts;
    private final VmId vm;
    private final String user;
    private final KeyTrouble trouble;

    ScriptKeys(GuestScriptRunner scripts, VmId vm, String user, KeyTrouble trouble) {
        this.scripts = scripts;
        this.vm = vm;
        this.user = user;
        this.trouble = trouble;
    }

    /**
     * The content read from the guest.
     *
     * @param state identifies the content; "none" if there is no file
     * @param zone the guest's current zone
     * @param local the requested time in the guest's zone; absent if the guest cannot convert it
     * @param version of the guest's OpenSSH; absent if none was found
     */
    private record Seen(
            String state,
            ZoneOffset zone,
            @Nullable String local,
            @Nullable SshVersion version,
            KeyFile file) {}

    @Override
    public AuthorizedKeys list(Deadline deadline) throws AgentException {
        Seen seen = read(null, deadline);
        List<KeyLine> keys = seen.file.keys();
        return new AuthorizedKeys(
                keys.stream()
                        .limit(AuthorizedKeys.MAX_KEYS)
                        .map(key -> key.shown(seen.zone))
                        .toList(),
                keys.size() > AuthorizedKeys.MAX_KEYS);
    }

    @Override
    public AuthorizedKey add(PublicKey key, @Nullable Instant expiresAt, Deadline deadline) throws AgentException {
        Seen seen = change(expiresAt, deadline, now -> with(now, key, expiresAt));
        return seen.file.of(key.fingerprint()).getFirst().shown(seen.zone);
    }

    private KeyFile with(Seen seen, PublicKey key, @Nullable Instant expiresAt) {
        String line = expiresAt == null ? key.line() : expiry(seen, expiresAt) + " " + key.line();
        List<KeyLine> there = seen.file.of(key.fingerprint());
        if (there.stream().anyMatch(KeyLine::hasOwnOptions)) {
            throw trouble.ownOptions();
        }
        boolean isThere = there.size() == 1
                && there.getFirst()
                        .options()
                        .equals(KeyLine.parse(line).orElseThrow().options());
        return isThere ? seen.file : seen.file.without(key.fingerprint()).with(line);
    }

    private String expiry(Seen seen, Instant expiresAt) {
        SshVersion version = seen.version;
        if (version == null) {
            throw trouble.notSupported(
                    "the guest shows no OpenSSH, and which server there would heed when a key expires is not known");
        }
        if (version.isAtLeast(SshVersion.EXPIRY_IN_UTC)) {
            return KeyExpiry.inUtc(expiresAt);
        }
        if (!version.isAtLeast(SshVersion.EXPIRY)) {
            throw trouble.notSupported("keys expire with OpenSSH " + SshVersion.EXPIRY
                    + " and later, and the guest has " + version + "; add it without an expiry, or upgrade the guest");
        }
        if (seen.local == null) {
            throw trouble.notSupported("the guest has OpenSSH " + version + ", which takes its own time alone, and"
                    + " its program date does not tell that");
        }
        return KeyExpiry.inGuestTime(seen.local);
    }

    @Override
    public boolean remove(String fingerprint, Deadline deadline) throws AgentException {
        if (read(null, deadline).file.of(fingerprint).isEmpty()) {
            return false;
        }
        change(null, deadline, seen -> seen.file.without(fingerprint));
        return true;
    }

    /** Changes the file, with a retry if it was changed in between; returns what was read back after the write. */
    private Seen change(@Nullable Instant expiresAt, Deadline deadline, Function<Seen, KeyFile> change)
            throws AgentException {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            Seen seen = read(expiresAt, deadline);
            byte[] wanted = change.apply(seen).bytes();
            if (Arrays.equals(wanted, seen.file.bytes())) {
                return seen;
            }
            if (wanted.length > AuthorizedKeysScript.MAX_BYTES) {
                throw tooLarge();
            }
            if (write(seen.state, wanted, deadline)) {
                Seen now = read(null, deadline);
                if (!Arrays.equals(now.file.bytes(), wanted)) {
                    throw trouble.unverified();
                }
                return now;
            }
        }
        throw trouble.refused("something else in the guest changes the file all the time; try again");
    }

    /** Returns false if the file has changed since it was read. */
    private boolean write(String state, byte[] content, Deadline deadline) throws AgentException {
        ExecStatus status = runWrite(AuthorizedKeysScript.write(user, state, content), deadline);
        Matcher told = WRITTEN.matcher(new String(status.stdout(), StandardCharsets.ISO_8859_1));
        if (!told.matches()) {
            throw unreadable();
        }
        return switch (told.group(1)) {
            case "done" -> true;
            case "changed" -> false;
            case "link" -> throw link();
            default -> throw trouble.refused("the user may not write to the file, or the guest's disk is full");
        };
    }

    /** If the script was started and its answer is lost, it may have written. */
    private ExecStatus runWrite(ExecCommand script, Deadline deadline) throws AgentException {
        try {
            return run(script, deadline);
        } catch (AgentErrorException e) {
            // A restarted agent does not know the scripts it started before.
            if (e.isUnknownPid()) {
                throw trouble.unconfirmed(e);
            }
            throw e;
        } catch (RpcDisabledException | RpcMissingException e) {
            throw e;
        } catch (AgentException e) {
            throw trouble.unconfirmed(e);
        }
    }

    private Seen read(@Nullable Instant expiresAt, Deadline deadline) throws AgentException {
        byte[] told = run(AuthorizedKeysScript.read(user, expiresAt), deadline).stdout();
        int end = -1;
        for (int i = 0; i < Math.min(told.length, MAX_HEAD) && end < 0; i++) {
            end = told[i] == '\n' ? i : -1;
        }
        Matcher head = HEAD.matcher(end < 0 ? "" : new String(told, 0, end, StandardCharsets.ISO_8859_1));
        if (!head.matches()) {
            throw unreadable();
        }
        byte[] content = Arrays.copyOfRange(told, end + 1, told.length);
        String state = head.group("state");
        requireUsable(state, content.length);
        return new Seen(
                state,
                zone(head.group("zone")),
                head.group("local").equals("-") ? null : head.group("local"),
                SshVersion.parse(head.group("version")).orElse(null),
                KeyFile.parse(content));
    }

    private void requireUsable(String state, int length) {
        int dash = state.indexOf('-');
        if (dash > 0) {
            long size = Long.parseLong(state.substring(dash + 1));
            if (size > AuthorizedKeysScript.MAX_BYTES) {
                throw tooLarge();
            }
            if (size != length) {
                throw unreadable(); // The file was changed during the read.
            }
            return;
        }
        switch (state) {
            case "none" -> {}
            case "link" -> throw link();
            case "nocksum" -> throw trouble.notSupported("the guest has no program cksum; install coreutils");
            case "nohome" -> throw trouble.refused("the user has no home in the guest");
            default -> throw trouble.refused("its authorized_keys is no file that the user can read");
        }
    }

    private BellhopException tooLarge() {
        return trouble.refused("the file would be larger than " + AuthorizedKeysScript.MAX_BYTES + " bytes");
    }

    private BellhopException link() {
        return trouble.refused("the user's .ssh or authorized_keys is a link, which is not followed");
    }

    private BellhopException unreadable() {
        return trouble.refused("what the guest answered cannot be read; try again");
    }

    private static ZoneOffset zone(String told) {
        try {
            return told.equals("-") ? ZoneOffset.UTC : ZoneOffset.of(told);
        } catch (DateTimeException e) {
            return ZoneOffset.UTC;
        }
    }

    private ExecStatus run(ExecCommand command, Deadline deadline) throws AgentException {
        ExecStatus status = scripts.run(vm, command, deadline);
        String said = new String(status.stderr(), StandardCharsets.ISO_8859_1);
        if (said.contains("bellhop: ") && said.contains("no such user")) {
            throw trouble.unknownUser();
        }
        Optional<Integer> code = Optional.ofNullable(status.exitCode());
        if (code.filter(exit -> exit == 0).isEmpty()) {
            throw trouble.refused("a script to read and write the file did not run as the user there; the guest needs"
                    + " a POSIX shell, and setpriv, runuser or su");
        }
        return status;
    }
}
