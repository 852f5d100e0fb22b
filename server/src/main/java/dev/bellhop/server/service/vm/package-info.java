// SPDX-License-Identifier: Apache-2.0
/** The use cases of VMs and their guests beside commands, terminals and files: what they are, operations, what is amiss, their clocks and users. */
@NullMarked
package dev.bellhop.server.service.vm;

import org.jspecify.annotations.NullMarked;
