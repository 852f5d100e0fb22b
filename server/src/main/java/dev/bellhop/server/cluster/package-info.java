// SPDX-License-Identifier: Apache-2.0
/** What nodes and API servers share to talk to each other: names, the form of messages, and the bus. It knows no NATS. */
@NullMarked
package dev.bellhop.server.cluster;

import org.jspecify.annotations.NullMarked;
