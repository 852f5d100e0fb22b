// SPDX-License-Identifier: Apache-2.0
/** Which commands may be run: policies, and what they say of a command. Knows neither keys nor guests. */
@NullMarked
package dev.bellhop.server.policy;

import org.jspecify.annotations.NullMarked;
