// SPDX-License-Identifier: Apache-2.0
/** The SSH door: commands, shells and files of VMs for ordinary SSH clients, by the same use cases as over HTTP. */
@NullMarked
package dev.bellhop.server.ssh;

import org.jspecify.annotations.NullMarked;
