// SPDX-License-Identifier: Apache-2.0
/** The configuration file of a server and of a node: what it may say, and how it is read. */
@NullMarked
package dev.bellhop.server.app.config;

import org.jspecify.annotations.NullMarked;
