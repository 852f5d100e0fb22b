// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

/**
 * Thrown if stored content cannot be decrypted. The message says which content and what to do; it never quotes the
 * content.
 */
public final class UnreadableContentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnreadableContentException(String message) {
        super(message);
    }

    /** Creates the exception for content whose MAC does not match. */
    static UnreadableContentException changed(String context) {
        return new UnreadableContentException("cannot trust the "
                + context.lines().findFirst().orElse("")
                + ": it was changed or added by something else than the server; take the database from a backup, or delete"
                + " that row");
    }

    /** @param known whether the key that the content names is available */
    UnreadableContentException(String context, boolean known) {
        super(
                "cannot decrypt the " + context.lines().findFirst().orElse("")
                        + (known
                                ? ": it was changed, or put in another place, since the server wrote it; take the database from a"
                                        + " backup"
                                : ": the key that it was encrypted with is not among the encryption keys; add it to them again"));
    }
}
