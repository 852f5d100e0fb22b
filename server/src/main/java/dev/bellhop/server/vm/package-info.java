// SPDX-License-Identifier: Apache-2.0
/** VMs as plain values. */
@NullMarked
package dev.bellhop.server.vm;

import org.jspecify.annotations.NullMarked;
