// SPDX-License-Identifier: Apache-2.0
/** Maintenance of guests through their agents' own functions, such as freezing file systems. */
@org.jspecify.annotations.NullMarked
package dev.bellhop.server.guest.maintenance;
