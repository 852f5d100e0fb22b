// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a login may do at most, beside what its API key may: less than all where a certificate says so.
 *
 * @param certificate absent for a login without one
 * @param forcedCommand what runs whatever the client asks for; absent where it may be anything
 * @param terminals whether it opens terminals
 * @param forwarding whether it forwards ports
 * @param dryRun whether it runs nothing, and tells what policy says
 */
public record LoginTerms(
        @Nullable LoginCertificate certificate,
        @Nullable String forcedCommand,
        boolean terminals,
        boolean forwarding,
        boolean dryRun) {
    static final LoginTerms ALL = new LoginTerms(null, null, true, true, false);

    /** By which a forced command learns what the client has asked for, as with sshd. */
    private static final String ORIGINAL = "SSH_ORIGINAL_COMMAND";

    /** Others, such as BASH_ENV, would let a client have something else run. */
    private static final Pattern HARMLESS = Pattern.compile("LANG|LC_[A-Z]+");

    /** What sshd calls its own server of sftp. */
    private static final String SFTP = "internal-sftp";

    LoginTerms asDryRun() {
        return new LoginTerms(certificate, forcedCommand, false, false, true);
    }

    /** What the audit trail has of the certificate; absent for a login without one. */
    @Nullable
    String audited() {
        return certificate == null ? null : certificate.toString();
    }

    /** Whether sftp is all that there is. */
    public boolean isSftpAlone() {
        return SFTP.equals(forcedCommand);
    }

    /**
     * The variables that a command gets.
     *
     * @param sent by the client
     * @param original what the client has asked for; absent for a shell
     */
    public Map<String, String> variables(Map<String, String> sent, @Nullable String original) {
        if (forcedCommand == null) {
            return sent;
        }
        Map<String, String> variables = new TreeMap<>(sent);
        variables.keySet().removeIf(name -> !HARMLESS.matcher(name).matches());
        if (original != null) {
            variables.put(ORIGINAL, original);
        }
        return variables;
    }
}
