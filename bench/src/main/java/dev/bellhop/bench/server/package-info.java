// SPDX-License-Identifier: Apache-2.0
/** The servers, agents and VMs that are measured, and the clients that ask them. */
@NullMarked
package dev.bellhop.bench.server;

import org.jspecify.annotations.NullMarked;
