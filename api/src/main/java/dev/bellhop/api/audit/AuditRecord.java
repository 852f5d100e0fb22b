// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One record of the audit trail: who did what, when, and how it went. Holds no command, input, output or secret.
 *
 * @param seq its number; they count up from 1 without a gap
 * @param at when it happened
 * @param action the use case, such as {@code key.create}, or one of the constants here. Records without a door can have the method and path
 *     template of a request here, such as {@code POST /api/v2/keys}, or {@code ssh } and the use case
 * @param door of a request: its method and path template, such as {@code POST /api/v2/keys}, or {@code ssh}
 * @param outcome {@code begun}, {@code done}, {@code refused} or {@code failed}
 * @param keyId id of the key it was done with
 * @param account of the key
 * @param certificate by which somebody has logged in over SSH for that key: its name, its serial, and its CA's fingerprint
 * @param address where the request came from; in a summary of several, perhaps a network
 * @param requestId what the answer's {@code X-Request-Id} said
 * @param vmid the VM it was about
 * @param executionId the execution it was about
 * @param state the state in which an execution or an operation ended
 * @param subject what else it was about: the id of a key, an action on a VM and the id of its operation, the digest of an approval; of {@link #PRUNE} the mark of the last record removed
 * @param status of the answer to a request
 * @param code of the error in the answer; of an execution the reason why it was lost or rejected
 * @param count of how many requests, or records, this is the summary
 * @param previous hash of the record before it
 * @param hash of this record, {@link #computedHash} unless it was tampered with
 */
public record AuditRecord(
        long seq,
        Instant at,
        String action,
        @Nullable String door,
        String outcome,
        @Nullable String keyId,
        @Nullable String account,
        @Nullable String certificate,
        @Nullable String address,
        @Nullable String requestId,
        @Nullable Long vmid,
        @Nullable String executionId,
        @Nullable String state,
        @Nullable String subject,
        @Nullable Integer status,
        @Nullable String code,
        @Nullable Long count,
        String previous,
        String hash) {

    /** Somebody has logged in over SSH by a certificate. */
    public static final String SSH_LOGIN = "ssh.login";

    /** Another account has proved that it has the private half of an SSH key or CA, so the key is no longer registered here. */
    public static final String SSH_KEY_LOST = "ssh.key-lost";

    /** A node has joined the cluster. */
    public static final String NODE_JOIN = "node.join";

    /** An execution has ended. */
    public static final String EXECUTION_END = "execution.end";

    /** An operation, which is work on a VM itself, has ended. */
    public static final String OPERATION_END = "operation.end";

    /** Somebody has come into a terminal by a ticket. */
    public static final String TERMINAL_ENTER = "terminal.enter";

    /** A terminal has ended; what was recorded of it has the hash that is told. */
    public static final String TERMINAL_END = "terminal.end";

    /** A connection from within a guest has ended. */
    public static final String FORWARD_END = "forward.end";

    /** Somebody read a command's output raw, with its secrets. */
    public static final String OUTPUT_RAW = "output.raw";

    /** Requests were refused, so many in a minute that they are summed up. */
    public static final String REFUSED = "requests.refused";

    public static final String SERVER_START = "server.start";
    public static final String SERVER_STOP = "server.stop";

    /** The server has made itself an admin key, as there was none. */
    public static final String ADMIN_KEY = "server.admin-key";

    /** The oldest records were removed because their retention is over. */
    public static final String PRUNE = "audit.prune";

    public AuditRecord {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(previous, "previous");
        Objects.requireNonNull(hash, "hash");
    }

    /** This record where it stands after another one. */
    public AuditRecord after(AuditMark mark) {
        return placed(mark.seq() + 1, mark.hash(), hash).sealed();
    }

    /** This record with the hash that belongs to it. */
    public AuditRecord sealed() {
        return placed(seq, previous, computedHash());
    }

    private AuditRecord placed(long newSeq, String newPrevious, String newHash) {
        return new AuditRecord(
                newSeq,
                at,
                action,
                door,
                outcome,
                keyId,
                account,
                certificate,
                address,
                requestId,
                vmid,
                executionId,
                state,
                subject,
                status,
                code,
                count,
                newPrevious,
                newHash);
    }

    /** Where the chain stands with this record. */
    public AuditMark mark() {
        return new AuditMark(seq, hash);
    }

    /** SHA-256 of {@link CanonicalRecord the record's canonical form}, in hexadecimal digits. */
    public String computedHash() {
        try {
            byte[] canonical = CanonicalRecord.of(this).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(canonical));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
