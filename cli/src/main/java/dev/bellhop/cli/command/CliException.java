// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

/** Bellhop cannot do what it was asked to; the message says why, for whoever typed the command. */
public final class CliException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public CliException(String message) {
        super(message);
    }
}
