using BenchmarkDotNet.Running;
using Stepwise.Benchmarks;

// dotnet run -c Release --project bench/Stepwise.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(KernelBenchmarks).Assembly).Run(args);
