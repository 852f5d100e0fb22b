// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

/** The configuration cannot be used. The message names the file, the line, and what was expected there. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
