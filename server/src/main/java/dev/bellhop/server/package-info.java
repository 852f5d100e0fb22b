// SPDX-License-Identifier: Apache-2.0
/** The control plane that runs commands in VMs and keeps their results. */
@NullMarked
package dev.bellhop.server;

import org.jspecify.annotations.NullMarked;
