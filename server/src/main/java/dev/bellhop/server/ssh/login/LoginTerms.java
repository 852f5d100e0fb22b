// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Limits of one login, in addition to the API key's own limits. A certificate or a dry run can set them.
 *
 * @param certificate absent for a login without one
 * @param forcedCommand the command that runs whatever the client asks for; absent if the client can choose
 * @param terminals whether it can open terminals
 * @param forwarding whether it can forward ports
 * @param dryRun whether it runs nothing, and only shows the policy's decision
 */
public record LoginTerms(
        @Nullable LoginCertificate certificate,
        @Nullable String forcedCommand,
        boolean terminals,
        boolean forwarding,
        boolean dryRun) {
    static final LoginTerms ALL = new LoginTerms(null, null, true, true, false);

    /** The variable with the client's own command for a forced command, as with sshd. */
    private static final String ORIGINAL = "SSH_ORIGINAL_COMMAND";

    /** Other variables, such as BASH_ENV, would let a client run something else. */
    private static final Pattern HARMLESS = Pattern.compile("LANG|LC_[A-Z]+");

    /** sshd's name for its internal sftp server. */
    private static final String SFTP = "internal-sftp";

    LoginTerms asDryRun() {
        return new LoginTerms(certificate, forcedCommand, false, false, true);
    }

    /** Returns the certificate's text for the audit trail; absent for a login without one. */
    @Nullable
    String audited() {
        return certificate == null ? null : certificate.toString();
    }

    /** Checks if the login allows only sftp. */
    public boolean isSftpAlone() {
        return SFTP.equals(forcedCommand);
    }

    /**
     * Returns the variables that a command gets.
     *
     * @param sent by the client
     * @param original the client's own command or subsystem; absent for a shell
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
