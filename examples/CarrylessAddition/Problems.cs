using Stepwise;
using Stepwise.Problems;

namespace Examples;

/// <summary>Makes problems; they could as well be read from a file by ProblemFile.Read.</summary>
internal static class Problems
{
    private const int Addends = 14;

    public static IReadOnlyList<Problem> Make(ulong seed, int count) => [.. Enumerable.Range(0, count).Select(i => One(seed, i))];

    private static Problem One(ulong seed, int number)
    {
        ulong key = CounterRandom.Key(seed, (ulong)number);
        int value = CounterRandom.Integer(key, 0, 100);
        List<int> chain = [value];
        List<string> lines = [];
        for (int i = 1; i <= Addends; i++)
        {
            int addend = 1 + CounterRandom.Integer(key, (ulong)i, 9);
            int sum = value - (value % 10) + ((value + addend) % 10);
            chain.Add(addend);
            lines.Add($"{value}+{addend}={sum}");
            value = sum;
        }

        return new Problem($"{seed}-{number}", string.Join('+', chain), $"{value}", string.Join('\n', [.. lines, $"#{value}"]));
    }
}
