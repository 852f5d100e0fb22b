// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** What was encrypted before V17.1 was bound to: to ids alone. */
final class FirstContexts {
    private FirstContexts() {}

    static String command(String id) {
        return "command of execution " + id;
    }

    static String delivery(String id) {
        return "delivery of execution " + id;
    }

    static String secretEnv(String id) {
        return "secret variables of execution " + id;
    }

    static String savedCommand(String account, String name, int version) {
        return "saved command " + name + " of account " + account + ", version " + version;
    }
}
