using System.Globalization;
using System.Text;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>C#: a file with top-level statements or a <c>Main</c>, by the .NET SDK under <c>/usr</c>.</summary>
/// <remarks>
/// The SDK's compiler is called directly: <c>dotnet run</c> looks for packages on the network and does not end without one. Each run compiles
/// anew. The bound on memory is the managed heap's, as the runtime reserves far more addresses than it uses.
/// </remarks>
public sealed record CSharp : CodeLanguage
{
    private const string Script =
        """
        set -e
        root=$(dirname "$(readlink -f "$(command -v dotnet || echo dotnet-not-found/none)")")
        sdk=$(ls -d "$root"/sdk/*/ | sort -V | tail -n 1)
        framework=$(ls -d "$root"/shared/Microsoft.NETCore.App/*/ | sort -V | tail -n 1)
        for name in System System.Collections.Generic System.IO System.Linq System.Net.Http System.Threading System.Threading.Tasks; do
          echo "global using $name;"
        done >usings.cs
        echo '{"runtimeOptions":{"framework":{"name":"Microsoft.NETCore.App","version":"8.0.0"},"rollForward":"LatestMajor"}}' >program.runtimeconfig.json
        dotnet exec "$sdk/Roslyn/bincore/csc.dll" -nologo -noconfig -nostdlib -warn:0 -optimize -unsafe -langversion:latest -out:program.dll \
          $(printf -- '-r:%s ' "$framework"System*.dll) usings.cs program.cs </dev/null >&2
        exec dotnet exec program.dll
        """;

    /// <summary>The language with its default prompt.</summary>
    public CSharp() => Prompt = Asking("C#", Fences[0]);

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Fences => ["csharp", "cs", "c#"];

    /// <inheritdoc/>
    internal override string Nothing => "return;";

    /// <inheritdoc/>
    internal override SandboxCommand Run(string program, SandboxLimits limits) => new("program.cs", Encoding.UTF8.GetBytes(program),
    [
        "env", "DOTNET_NOLOGO=1", "DOTNET_CLI_TELEMETRY_OPTOUT=1", "DOTNET_EnableDiagnostics=0", "DOTNET_EnableWriteXorExecute=0",
        "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1", "DOTNET_gcServer=0", "DOTNET_GCHeapCount=1",
        string.Create(CultureInfo.InvariantCulture, $"DOTNET_GCHeapHardLimit=0x{limits.MemoryBytes:x}"), "sh", "-c", Script,
    ])
    {
        Needs = "dotnet (the .NET SDK)",
    };

    /// <inheritdoc/>
    internal override SandboxLimits Limits(SandboxLimits limits) => limits with { MemoryBytes = (4 * limits.MemoryBytes) + (4L << 30), Processes = 64 };
}
