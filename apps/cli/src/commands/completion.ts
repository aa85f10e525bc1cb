import { Argument, Command } from 'commander';
import { examples } from '../examples.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** @param loadProgram every command, as the command line is parsed by */
export function completionCommand(loadProgram: () => Promise<Command>): Command {
  return new Command('completion')
    .description('print a script that lets a shell complete commands, options, connectors, evidence types and controls')
    .addArgument(new Argument('<shell>', 'whose').choices(shells))
    .addHelpText(
      'after',
      `
bash: eval "$(fleet completion bash)" in ~/.bashrc. zsh: the same with zsh in ~/.zshrc, after compinit. fish:
fleet completion fish > ~/.config/fish/completions/fleet.fish. What is completed is the same for every organization, so that no store is asked.
${examples('fleet completion bash > fleet-completion.bash', 'fleet completion zsh > _fleet', 'fleet completion fish > fleet.fish')}`,
    )
    .action(async (shell: Shell) => {
      const { commandTree } = await import('../completion/command-tree.ts');
      process.stdout.write((await scriptOf(shell))(commandTree(await loadProgram())));
    });
}

async function scriptOf(shell: Shell) {
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash-script.ts')).bashScript;
    case 'zsh':
      return (await import('../completion/zsh-script.ts')).zshScript;
    case 'fish':
      return (await import('../completion/fish-script.ts')).fishScript;
  }
  return shell satisfies never;
}
