// SPDX-License-Identifier: Apache-2.0
/**
 * What tests and benchmarks start: real and fake agents, VMs, a libvirt daemon, and servers as processes. It knows Bellhop
 * by its launcher, its configuration and its HTTP API alone.
 */
@NullMarked
package dev.bellhop.testkit;

import org.jspecify.annotations.NullMarked;
