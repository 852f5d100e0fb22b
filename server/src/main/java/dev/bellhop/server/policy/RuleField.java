// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

/** What of a command a rule looks at. */
public enum RuleField {
    COMMAND,
    ARGV0,
    USER,
    SHELL
}
