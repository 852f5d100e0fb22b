// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** The rule that refuses a request, by its name, and whose policy it belongs to. */
public record RuleRefusal(String policy, String rule) {}
