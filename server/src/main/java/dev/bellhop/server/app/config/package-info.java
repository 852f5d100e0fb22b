// SPDX-License-Identifier: Apache-2.0
/** The configuration file of a server and of a node: its settings and how they are read. */
@NullMarked
package dev.bellhop.server.app.config;

import org.jspecify.annotations.NullMarked;
