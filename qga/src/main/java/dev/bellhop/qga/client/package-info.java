// SPDX-License-Identifier: Apache-2.0
/** The client of an agent: {@link dev.bellhop.qga.client.AgentClient} and the protocol behind it. */
@NullMarked
package dev.bellhop.qga.client;

import org.jspecify.annotations.NullMarked;
