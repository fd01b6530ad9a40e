# Windows finds Node's functions in the program that loads the addon. That may not be called node.exe, so it is looked
# up by delay_load_hook.cc when the first of them is called. The list of functions comes from node-api-headers.
execute_process(COMMAND node -p "path.resolve(require('node-api-headers').def_paths.node_api_def)"
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE node_def OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(MSVC)
  set(node_library ${CMAKE_CURRENT_BINARY_DIR}/node.lib)
  execute_process(COMMAND ${CMAKE_AR} /nologo /def:${node_def} /name:node.exe /machine:x64 /out:${node_library}
    COMMAND_ERROR_IS_FATAL ANY)
  target_link_libraries(octavo PRIVATE delayimp)
  target_link_options(octavo PRIVATE /DELAYLOAD:node.exe)
else()
  set(node_library ${CMAKE_CURRENT_BINARY_DIR}/libnode.a)
  execute_process(COMMAND ${CMAKE_DLLTOOL} --input-def ${node_def} --dllname node.exe --output-delaylib ${node_library}
    COMMAND_ERROR_IS_FATAL ANY)
endif()
target_link_libraries(octavo PRIVATE ${node_library})
