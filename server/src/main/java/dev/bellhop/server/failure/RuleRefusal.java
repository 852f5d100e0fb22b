// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/**
 * Which rule refuses a request.
 *
 * @param policy whose policy it is a rule of
 * @param rule its name
 */
public record RuleRefusal(String policy, String rule) {}
