// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.api.v2.terminal.RecordingView;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.VmArgument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What may come next on a command line and only the server knows, such as VMs and ids. */
final class ServerNames {

    /** A shell expands the words that it is to complete, so a name with anything else in it is left out. */
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9@][A-Za-z0-9._:@-]*");

    /** Commands for executions that have not ended. */
    private static final Set<String> FOR_UNENDED = Set.of("approve", "cancel", "reject", "signal", "stdin", "wait");

    private static final int MAX_EXECUTIONS = 50;

    /** Each is asked for its operations by a request of its own. */
    private static final int MAX_VMS_ASKED = 50;

    private static final int MAX_OPERATIONS_OF_VM = 10;

    private final BellhopClient client;

    ServerNames(BellhopClient client) {
        this.client = client;
    }

    /**
     * The names that fit, whatever they begin with; none where something else is expected.
     *
     * @param words those before the one that is to be completed
     */
    List<String> after(CommandLine root, List<String> words) throws InterruptedException {
        Place place = Place.after(root, words);
        ArgSpec next = place.next();
        return next == null
                ? List.of()
                : names(place.command(), next).filter(SAFE.asMatchPredicate()).toList();
    }

    /** Whether the name of a context is expected, which the server does not know. */
    static boolean isContextNext(CommandLine root, List<String> words) {
        Place place = Place.after(root, words);
        CommandLine parent = place.command().getParent();
        return switch (place.next()) {
            case OptionSpec option -> option.longestName().equals("--context");
            case PositionalParamSpec _ ->
                parent != null
                        && parent.getCommandName().equals("context")
                        && !place.command().getCommandName().equals("set");
            case null, default -> false;
        };
    }

    /**
     * Where a command line goes on.
     *
     * @param next the option or parameter that comes next, if one does
     */
    private record Place(CommandLine command, @Nullable ArgSpec next) {

        static Place after(CommandLine root, List<String> words) {
            CommandLine command = root;
            ArgSpec expected = null;
            int positionals = 0;
            for (String word : words) {
                CommandLine subcommand = command.getSubcommands().get(word);
                if (expected != null) {
                    expected = null; // This was its value.
                } else if (word.startsWith("-")) {
                    expected = withValue(command, word);
                } else if (positionals == 0 && subcommand != null) {
                    command = subcommand;
                } else {
                    positionals++;
                }
            }
            return new Place(command, expected == null ? positional(command, positionals) : expected);
        }

        /** The option, if its value is the next word. */
        private static @Nullable ArgSpec withValue(CommandLine command, String word) {
            OptionSpec option = command.getCommandSpec().findOption(word);
            return option == null || option.arity().max() == 0 ? null : option;
        }

        private static @Nullable ArgSpec positional(CommandLine command, int position) {
            for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
                if (parameter.index().contains(position)) {
                    return parameter;
                }
            }
            return null;
        }
    }

    private Stream<String> names(CommandLine command, ArgSpec next) throws InterruptedException {
        CommandLine parent = command.getParent();
        String group = parent == null ? "" : parent.getCommandName();
        return switch (next.paramLabel()) {
            case "VM" -> vms();
            case "NODE" -> Paging.all(client.nodes()::list).items().stream().map(NodeView::name);
            case "ACCOUNT" ->
                Paging.all(client.accounts()::list).items().stream().map(AccountView::name);
            case "ID" ->
                switch (group) {
                    case "key", "policy", "ssh-key" -> keys(key -> key.revokedAt() == null);
                    case "audit" -> keys(_ -> true);
                    case "operation" -> operations(command.getCommandName());
                    case "recording" -> recordings();
                    default -> executions(command.getCommandName());
                };
            case "NAME" ->
                group.equals("saved-command")
                                || (next instanceof OptionSpec option
                                        && option.longestName().equals("--saved"))
                        ? savedCommands()
                        : Stream.empty();
            default -> Stream.empty();
        };
    }

    /** Each vmid, and each name that tells one VM from all others. */
    private Stream<String> vms() throws InterruptedException {
        List<VmSummary> vms = Paging.all(client.vms()::list).items();
        Map<String, Long> names = vms.stream()
                .map(VmSummary::name)
                .filter(name -> name != null && !VmArgument.isNumber(name))
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        return Stream.concat(
                vms.stream().map(vm -> String.valueOf(vm.vmid())),
                names.entrySet().stream().filter(name -> name.getValue() == 1).map(Map.Entry::getKey));
    }

    private Stream<String> executions(String command) throws InterruptedException {
        List<String> states = FOR_UNENDED.contains(command) ? List.of("pending", "running") : List.of();
        ExecutionQuery query = new ExecutionQuery(null, states, Map.of(), null, null);
        return Stream.concat(
                Stream.of("@last"),
                client.executions().list(query, MAX_EXECUTIONS, null).items().stream()
                        .map(ExecutionView::id));
    }

    private Stream<String> keys(Predicate<KeyView> wanted) throws InterruptedException {
        return Paging.all(client.keys()::list).items().stream().filter(wanted).map(KeyView::id);
    }

    /** Of the first VMs, where there are many: no route lists the operations of all. */
    private Stream<String> operations(String command) throws InterruptedException {
        List<OperationView> found = new ArrayList<>();
        for (VmSummary vm : client.vms().list(MAX_VMS_ASKED, null).items()) {
            found.addAll(client.operations()
                    .list(vm.vmid(), MAX_OPERATIONS_OF_VM, null)
                    .items());
        }
        return found.stream()
                .filter(operation -> !command.equals("wait") || !operation.ended())
                .map(OperationView::id);
    }

    private Stream<String> recordings() throws InterruptedException {
        return client.recordings().list(null, MAX_EXECUTIONS, null).items().stream()
                .map(RecordingView::id);
    }

    private Stream<String> savedCommands() throws InterruptedException {
        return Paging.all((limit, cursor) -> client.savedCommands().list(null, limit, cursor)).items().stream()
                .map(SavedCommandView::name);
    }
}
