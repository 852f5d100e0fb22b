// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * VMs as a script tells them to Ansible. It evaluates expressions in what variables hold, on the machine that it runs on: so
 * nothing is in them that a guest or whoever names VMs may choose.
 *
 * <p>There is no {@code ansible_user}: Ansible takes it for a user of the guest, in paths of its own. Each VM has another {@code
 * ansible_host}: those with the same one and no user would share one connection, and run in each other's VMs.
 */
final class AnsibleInventory {

    private static final String ALL = "bellhop";

    /** Of the words of the API, which may get more. */
    private static final Pattern WORD = Pattern.compile("[a-z0-9_]{1,40}");

    private AnsibleInventory() {}

    static Map<String, Object> of(Door door, List<VmAlias> vms) {
        Map<String, Object> hostVariables = new LinkedHashMap<>();
        Map<String, List<String>> groups = new TreeMap<>();
        groups.put(ALL, new ArrayList<>());
        for (VmAlias alias : vms) {
            hostVariables.put(alias.shownHost(), variables(door, alias));
            groups(alias)
                    .forEach(group -> groups.computeIfAbsent(group, name -> new ArrayList<>())
                            .add(alias.shownHost()));
        }
        Map<String, Object> inventory = new LinkedHashMap<>();
        inventory.put("_meta", Map.of("hostvars", hostVariables));
        groups.forEach((group, hosts) -> inventory.put(group, Map.of("hosts", hosts)));
        return inventory;
    }

    static Map<String, Object> variables(Door door, VmAlias alias) {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("ansible_host", alias.host());
        variables.put("ansible_port", door.port());
        variables.put(
                "ansible_ssh_common_args",
                "-o HostName=" + door.host() + " -o User=" + alias.vm().vmid()
                        + " -o 'UserKnownHostsFile=~/.ssh/known_hosts.bellhop ~/.ssh/known_hosts'");
        // It would ask for one wherever it can, and a terminal takes a scope of its own.
        variables.put("ansible_ssh_use_tty", false);
        variables.put("bellhop_vmid", alias.vm().vmid());
        return variables;
    }

    /** All of them, and by state, by whether commands can be run, and by account. */
    private static List<String> groups(VmAlias alias) {
        List<String> groups = new ArrayList<>(List.of(ALL));
        add(groups, "", alias.vm().status());
        if (alias.vm().agent() != null) {
            add(groups, "agent_", alias.vm().agent().availability());
        }
        if (alias.vm().account() != null) {
            add(groups, "account_", alias.vm().account());
        }
        return groups;
    }

    private static void add(List<String> groups, String kind, String word) {
        if (WORD.matcher(word).matches()) {
            groups.add(ALL + "_" + kind + word);
        }
    }
}
