// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestList;
import dev.bellhop.server.sshkey.PublicKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Changes keys through the agent's own calls, which do not reveal the guest's OpenSSH version. */
final class AgentKeys implements UserKeys {
    private final GuestAgent agent;
    private final String user;
    private final KeyTrouble trouble;

    AgentKeys(GuestAgent agent, String user, KeyTrouble trouble) {
        this.agent = agent;
        this.user = user;
        this.trouble = trouble;
    }

    @Override
    public AuthorizedKeys list(Deadline deadline) throws AgentException {
        GuestList<String> lines = lines(deadline);
        ZoneOffset zone = zone(deadline);
        return new AuthorizedKeys(
                keys(lines).stream().map(key -> key.shown(zone)).toList(), lines.cut());
    }

    @Override
    public AuthorizedKey add(PublicKey key, @Nullable Instant expiresAt, Deadline deadline) throws AgentException {
        if (expiresAt != null) {
            throw trouble.notSupported(
                    "without guest-exec it cannot be told whether the guest's OpenSSH heeds when a key"
                            + " expires; allow guest-exec, or add the key without an expiry");
        }
        List<KeyLine> there = of(key.fingerprint(), deadline);
        if (there.stream().anyMatch(KeyLine::hasOwnOptions)) {
            throw trouble.ownOptions();
        }
        if (there.size() != 1 || !there.getFirst().options().isEmpty()) {
            if (!there.isEmpty()) {
                removeLines(there, deadline);
            }
            call(() -> agent.addAuthorizedKeys(user, List.of(key.line()), deadline));
        }
        Optional<KeyLine> now = of(key.fingerprint(), deadline).stream().findFirst();
        return now.filter(line -> line.options().isEmpty())
                .orElseThrow(trouble::unverified)
                .shown(ZoneOffset.UTC);
    }

    @Override
    public boolean remove(String fingerprint, Deadline deadline) throws AgentException {
        List<KeyLine> there = of(fingerprint, deadline);
        if (there.isEmpty()) {
            return false;
        }
        removeLines(there, deadline);
        if (!of(fingerprint, deadline).isEmpty()) {
            throw trouble.unverified();
        }
        return true;
    }

    private void removeLines(List<KeyLine> lines, Deadline deadline) throws AgentException {
        List<String> texts = lines.stream().map(KeyLine::text).toList();
        call(() -> agent.removeAuthorizedKeys(user, texts, deadline));
    }

    private List<KeyLine> of(String fingerprint, Deadline deadline) throws AgentException {
        return keys(lines(deadline)).stream()
                .filter(key -> key.fingerprint().equals(fingerprint))
                .toList();
    }

    private static List<KeyLine> keys(GuestList<String> lines) {
        return lines.items().stream()
                .flatMap(line -> KeyLine.parse(line).stream())
                .toList();
    }

    /** A user without a file has no keys: an agent reports both cases as unreadable. */
    private GuestList<String> lines(Deadline deadline) throws AgentException {
        try {
            return agent.authorizedKeys(user, deadline);
        } catch (AgentErrorException e) {
            if (isUnknownUser(e)) {
                throw trouble.unknownUser();
            }
            if (e.description().contains("No such file")) {
                return new GuestList<>(List.of(), false);
            }
            throw e;
        }
    }

    /** The zone for times without a zone. */
    private ZoneOffset zone(Deadline deadline) {
        try {
            return agent.timeZone(deadline).offset();
        } catch (AgentException e) {
            return ZoneOffset.UTC;
        }
    }

    private interface Call {
        void call() throws AgentException;
    }

    private void call(Call call) throws AgentException {
        try {
            call.call();
        } catch (AgentErrorException e) {
            if (isUnknownUser(e)) {
                throw trouble.unknownUser();
            }
            throw e;
        }
    }

    private static boolean isUnknownUser(AgentErrorException e) {
        return e.description().contains("failed to lookup user");
    }
}
