// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

/** Something that is stored cannot be decrypted. The message says what it is and what to do, and quotes nothing of it. */
public final class UnreadableContentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnreadableContentException(String message) {
        super(message);
    }

    /** Of what has a MAC, which does not fit. */
    static UnreadableContentException changed(String context) {
        return new UnreadableContentException("cannot trust the "
                + context.lines().findFirst().orElse("")
                + ": it was changed or added by something else than the server; take the database from a backup, or delete"
                + " that row");
    }

    /** @param known whether the key is there that it says it was encrypted with */
    UnreadableContentException(String context, boolean known) {
        super(
                "cannot decrypt the " + context.lines().findFirst().orElse("")
                        + (known
                                ? ": it was changed, or put in another place, since the server wrote it; take the database from a"
                                        + " backup"
                                : ": the key that it was encrypted with is not among the encryption keys; add it to them again"));
    }
}
