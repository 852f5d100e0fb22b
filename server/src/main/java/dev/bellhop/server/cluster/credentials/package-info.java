// SPDX-License-Identifier: Apache-2.0
/** Who may say what over NATS: its keys and tokens, the files of a cluster, and how they are made. It knows no client of NATS. */
@NullMarked
package dev.bellhop.server.cluster.credentials;

import org.jspecify.annotations.NullMarked;
